/** The page: what comes from the server goes to the log and the ask panel, what the person does goes to the server. */

import { Asks } from './asks.js';
import { Composer } from './composer.js';
import { button, byId, el, prefersCalm } from './dom.js';
import { exitConfirmed, exitIsDue, leave, onExit } from './exit.js';
import { Log } from './log.js';
import { Menu } from './menu.js';
import { Connection } from './protocol.js';

const kBoiling = 7; // from here on a scale, nothing makes a person wait
const kOffline = 'No connection. Keep this page open: what you write goes out when it is back.';
const leaving = exitIsDue();
const log = new Log();
const status = byId('status');

let turns = Promise.resolve(); // turns are shown one after the other
let waitingTurns = 0;
let catchUpTo = 0; // turns up to here are not new: no pacing
let boiling = false;
let refusal = ''; // why the server does not let us in
let lastAsk; // the question that the newest turns left open, with its exercise

const connection = new Connection({
    state(state) {
        document.documentElement.dataset.state = state;
        if (state === 'open') refusal = '';
        if (state === 'offline') setStatus(refusal || kOffline);
        else if (state === 'open') setStatus('');
        else if (connection.seq === 0) setStatus('Connecting…');
    },
    welcome(frame) {
        if (leaving) {
            connection.request({ type: 'exit' });
            return;
        }
        catchUpTo = frame.seq;
        readers(frame.readers);
        byId('person').textContent = frame.person;
    },
    message(message) {
        if (!leaving) queue(message);
    },
    history(frame) {
        log.prepend(frame.messages);
        byId('earlier').hidden = frame.messages.length === 0 || log.oldest <= 1;
    },
    accepted: (entry) => log.settle(entry),
    refused(entry, error) {
        log.drop(entry);
        if (error.code === 'bad_token') return;
        if (entry.frame.type === 'message') composer.giveBack(entry.frame.text);
        const moved = error.code === 'stale_ask' || error.code === 'unknown_ask';
        if (!moved) openAsk();
        setStatus(
            moved ? 'That question has moved on. The newest one is below.' : `That didn't go through: ${error.message}`
        );
    },
    code: (frame) => menu.showCode(frame),
    linked() {
        menu.close();
        clear();
    },
    bye(frame) {
        if (frame.reason === 'exit') {
            if (leaving) location.reload();
            else leave();
            exitConfirmed();
        } else if (frame.reason === 'deleted') {
            clear();
            end('Everything is deleted. You can close this page.', 'Start again');
        } else {
            end('This conversation went on in another window.', 'Use it here');
        }
    },
    error(frame) {
        if (frame.code === 'bad_token') {
            // This device was signed out. The server gives a new name to whoever comes back, and the page begins anew.
            exitConfirmed();
            if (leaving) location.reload();
            connection.reset();
            clear();
        } else if (frame.code === 'ack_ahead') {
            // Of a message that was on its way when the conversation changed: there is nothing to mend.
        } else if (frame.code === 'bad_code' || frame.code === 'too_many_tries') {
            menu.result(frame.message);
        } else {
            if (!connection.open) refusal = frame.message;
            setStatus(frame.message);
        }
    },
});

const asks = new Asks({
    choose(ask, picks, label) {
        boiling = ask.kind === 'scale' && Number(picks[0]) >= kBoiling;
        sent(connection.choose(ask.id, picks), label);
    },
    say,
});
const composer = new Composer(say);
const menu = new Menu({ say, request: (frame) => connection.request(frame) });

function say(text) {
    // The word does here what the button does, before anything is sent or shown.
    if (/^exit[.!]?$/i.test(text)) {
        leave();
        return;
    }
    if (lastAsk?.ask?.kind === 'scale') boiling = Number.parseInt(text, 10) >= kBoiling;
    sent(connection.say(text), text);
}

function sent(entry, label) {
    log.hurry();
    asks.clear();
    setStatus(connection.open ? '' : status.textContent);
    log.showPending(entry, label);
}

function queue(message) {
    waitingTurns += 1;
    turns = turns.then(async () => {
        const help = message.bubbles.some((bubble) => bubble.kind === 'help');
        const isNew = message.seq > catchUpTo;
        log.root.setAttribute('aria-live', isNew ? 'polite' : 'off');
        const slowly = () =>
            isNew &&
            !help &&
            !boiling &&
            waitingTurns === 1 &&
            !prefersCalm() &&
            document.visibilityState === 'visible' &&
            connection.outbox.size === 0;
        if (message.you || message.ask) asks.clear();
        await log.show(message, slowly);
        waitingTurns -= 1;
        if (message.readers) readers(message.readers);
        byId('earlier').hidden = log.oldest <= 1;
        // A turn that the person did not begin and that asks nothing (a reminder) leaves the open question as it is.
        if (message.you || message.ask) {
            lastAsk = { ask: message.ask, pace: message.bubbles.findLast((bubble) => bubble.kind === 'pace') };
        }
        if (waitingTurns > 0) return;
        openAsk();
        log.revealNewest();
        connection.seen(message.seq);
    });
}

function openAsk() {
    if (!lastAsk) return;
    composer.shape(lastAsk.ask);
    if (asks.ask === undefined || asks.ask !== lastAsk.ask) asks.show(lastAsk.ask, lastAsk.pace);
}

function readers(text) {
    if (text) byId('readers').textContent = text;
}

function setStatus(text) {
    status.textContent = text;
}

function clear() {
    lastAsk = undefined;
    log.hurry();
    asks.clear();
    log.clear();
    byId('earlier').hidden = true;
}

function end(text, label) {
    setStatus('');
    asks.clear();
    document.querySelector('.composer').hidden = true;
    const notice = el(
        'div',
        { class: 'notice', role: 'alert' },
        el('p', {}, text),
        button(label, () => location.reload(), { class: 'choice' })
    );
    log.root.append(notice);
    log.reveal(notice);
}

byId('earlier').addEventListener('click', () => connection.request({ type: 'history', before: log.oldest, limit: 20 }));
onExit(() => connection.request({ type: 'exit' }));
connection.start();
