// The bot that a competent person writes in an afternoon: ws + better-sqlite3, one durable transaction per turn, the
// answer sent after the commit. It holds the conversation of ../../bench.talk.
//   node bot.js PORT DATABASE [FULL|NORMAL]
import Database from 'better-sqlite3';
import { WebSocketServer } from 'ws';

const text = (s) => s.length > 0;
const number = (from, to) => (s) => Number.isInteger(Number(s)) && Number(s) >= from && Number(s) <= to;
const oneOf = (...labels) => Object.assign((s) => labels.includes(s.toLowerCase()), { labels });
const yesOrNo = oneOf('yes', 'no');

const questions = [
    { name: 'name', ask: () => 'Q1: Welcome, I am your coach. What is your name?', takes: text },
    { name: 'event', ask: (a) => `Q2: Nice to meet you, ${a.name}. What happened, in one line?`, takes: text },
    { name: 'days', ask: () => 'Q3: How many days ago was it?', takes: number(1, 60) },
    { name: 'talked', ask: () => 'Q4: Have you two talked since?', takes: yesOrNo },
    { name: 'time', ask: () => 'Q5: When in the day do you talk best?', takes: oneOf('morning', 'noon', 'evening') },
    { name: 'heat', ask: () => 'Q6: How stirred up are you right now, from 0 to 10?', takes: number(0, 10) },
    { name: 'free', ask: () => 'Q7: Do you both have time this week?', takes: yesOrNo },
    { name: 'wish', ask: (a) => `Q8: What do you want most from that talk, ${a.name}?`, takes: text },
    { name: 'rhythm', ask: () => 'Q9: How often should I check in with you?', takes: oneOf('daily', 'weekly') },
    { name: 'keep', ask: (a) => `Q10: Shall I keep this plan (${a.event}, ${a.days} days ago)?`, takes: yesOrNo },
];
const done = (a) =>
    `All done. Thanks ${a.name}! Your plan: ${a.wish}. You talk best in the ${a.time}, and I check in ${a.rhythm}. Say hi to begin.`;

/** {at, answers} and what was typed -> the next {at, answers} and what the bot says. `at` is -1 before the first question. */
function step(state, typed) {
    const open = questions[state.at];
    if (open && !open.takes(typed)) {
        return { state, says: `Sorry, I did not get that. ${open.ask(state.answers)}`, buttons: open.takes.labels };
    }
    const answers = open ? { ...state.answers, [open.name]: typed } : {};
    const next = questions[state.at + 1];
    if (!next) return { state: { at: -1, answers: {} }, says: done(answers) };
    return { state: { at: state.at + 1, answers }, says: next.ask(answers), buttons: next.takes.labels };
}

const [port, file, synchronous = 'FULL'] = process.argv.slice(2);
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma(`synchronous = ${synchronous}`);
db.pragma('cache_size = -65536');
db.pragma('wal_autocheckpoint = 4000');
db.exec(`
    CREATE TABLE IF NOT EXISTS session(user TEXT PRIMARY KEY, state TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS event(id INTEGER PRIMARY KEY, user TEXT NOT NULL, seq INTEGER NOT NULL, inbound INTEGER NOT NULL,
                                     at INTEGER NOT NULL, body TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS event_user ON event(user, seq);`);
const getSession = db.prepare('SELECT state, seq FROM session WHERE user = ?');
const putSession = db.prepare(
    'INSERT INTO session VALUES(?, ?, ?) ON CONFLICT(user) DO UPDATE SET state = excluded.state, seq = excluded.seq');
const addEvent = db.prepare('INSERT INTO event(user, seq, inbound, at, body) VALUES(?, ?, ?, ?, ?)');

const turn = db.transaction((message, frame) => {
    const session = getSession.get(message.user);
    const before = session ? JSON.parse(session.state) : { at: -1, answers: {} };
    const seq = session ? session.seq : 0;
    const { state, says, buttons } = step(before, message.text);
    const at = Date.now();
    const answer = JSON.stringify({
        type: 'message', user: message.user, id: `b-${seq + 2}`, reply_to: message.id, ts: at, text: says, quick_replies: buttons,
    });
    addEvent.run(message.user, seq + 1, 1, at, frame);
    addEvent.run(message.user, seq + 2, 0, at, answer);
    putSession.run(message.user, JSON.stringify(state), seq + 2);
    return answer;
}).immediate;

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(port), backlog: 4096, perMessageDeflate: false });
server.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
        const frame = data.toString();
        let message;
        try {
            message = JSON.parse(frame);
        } catch {
            socket.close(1007);
            return;
        }
        socket.send(turn(message, frame));
    });
});
server.on('listening', () => console.log('listening'));
