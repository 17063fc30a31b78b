// Walks a whole conversation with a Reweave server, written from the protocol's description alone.
//   node own_part.mjs ws://127.0.0.1:8080/ws
// Prints the conversation; ends with 0 when the server stops asking, 1 when anything breaks the protocol.
import assert from 'node:assert/strict';
import WebSocket from 'ws';

const liked = /find my words|own my part|at least part|keep it|^no$/i; // labels to press, when offered; otherwise the first
const words = [
    [/by when/i, 'Friday evening'],
    [/make it right/i, 'ask you first, alone'],
    [/for them/i, 'small, and on show'],
    [/./s, 'I read your message out loud in front of your sister'],
];
const typed = { feelings: 'hurt', needs: 'quiet', number: '5', length: '20 minutes', moment: 'in 20 minutes' };

const socket = new WebSocket(process.argv[2] ?? 'ws://127.0.0.1:8080/ws', 'reweave.v1');
const waiting = new Set(); // ids not acknowledged yet
let id = 0;
let seq = 0;
let answers = 0;

const send = (frame) => socket.send(JSON.stringify(frame));

function answer(ask, said) {
    assert.ok((answers += 1) <= 60, 'the conversation does not end');
    waiting.add((id += 1));
    if (ask.kind === 'scale') return send({ type: 'choose', id, ask: ask.id, picks: ['3'] });
    if (ask.kind === 'choice') {
        const choice = ask.choices.find(({ label }) => liked.test(label)) ?? ask.choices[0];
        return send({ type: 'choose', id, ask: ask.id, picks: [choice.id] });
    }
    return send({ type: 'message', id, text: typed[ask.kind] ?? words.find(([question]) => question.test(said))[1] });
}

const take = {
    welcome: (frame) => assert.equal(frame.protocol, 1),
    ack: (frame) => assert.ok(waiting.delete(frame.id), `an acknowledgement of ${frame.id}, which was not sent`),
    message(frame) {
        assert.equal(frame.seq, (seq += 1), 'numbers must have no gaps');
        const said = frame.bubbles.map((bubble) => bubble.text ?? bubble.title ?? bubble.kind).join('\n');
        if (frame.you) console.log(`> ${frame.you.text ?? frame.you.picks.join(', ')}`);
        console.log(said);
        send({ type: 'seen', seq });
        if (frame.ask) answer(frame.ask, said);
        else if (frame.you) setTimeout(() => socket.close(1000), 200);
    },
    error: (frame) => assert.fail(`${frame.code}: ${frame.message}`),
};

socket.on('open', () => send({ type: 'hello', seen: 0, language: 'en', time_zone: 'Europe/Lisbon' }));
socket.on('message', (data) => {
    const frame = JSON.parse(data);
    take[frame.type]?.(frame);
});
socket.on('close', (code) => {
    assert.equal(code, 1000);
    assert.equal(waiting.size, 0, 'everything sent was acknowledged');
    console.log(`Finished after ${answers} answers and ${seq} turns.`);
});
