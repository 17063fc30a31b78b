/** The page: who is at it, what they see of the server's answers, and how they leave. */

import { button, byId, el } from './dom.js';
import { exitConfirmed, exitIsDue, leave, onExit } from './exit.js';
import { codeInAddress, showInvitation } from './invitation.js';
import { Menu } from './menu.js';
import { Seat } from './seat.js';
import { Table } from './table.js';

const kOffline = 'No connection. Keep this page open: what you write goes out when it is back.';
const leaving = exitIsDue();
const status = byId('status');
let refusal = ''; // why the server does not let us in
let code = codeInAddress(); // that somebody sent

const on = {
    status: setStatus,
    state(state, seat) {
        document.documentElement.dataset.state = state;
        if (state === 'open') refusal = '';
        if (state === 'offline') setStatus(refusal || kOffline);
        else if (state === 'open') setStatus('');
        else if (seat.connection.seq === 0) setStatus('Connecting…');
    },
    welcome(frame, seat) {
        if (leaving) {
            seat.connection.request({ type: 'exit' });
            return;
        }
        byId('person').textContent = frame.person;
        if (code) seat.connection.request({ type: 'link', code });
        code = undefined;
    },
    changed: (seat) => {
        if (seat === shown()) showTabs(seat);
        table.look();
    },
    invite: (bubble) => ({
        ask: () => seat.connection.request({ type: 'invite', conversation: bubble.conversation, role: bubble.role }),
        table: () => table.begin(bubble),
    }),
    // The word does here what the button does, before anything is sent or shown.
    leaves(text) {
        if (!/^exit[.!]?$/i.test(text)) return false;
        leave();
        return true;
    },
    code(frame) {
        if (!frame.conversation) menu.showCode(frame);
        else if (!table.takes(frame)) showInvitation(frame);
    },
    seat: () => menu.close(),
    linked: () => menu.close(),
    bye(frame, seat) {
        if (frame.reason === 'exit') {
            if (leaving) location.reload();
            else leave();
            exitConfirmed();
        } else if (frame.reason === 'deleted') {
            seat.clear();
            end('Everything is deleted. You can close this page.', 'Start again');
        } else {
            end('This conversation went on in another window.', 'Use it here');
        }
    },
    error(frame, seat) {
        if (frame.code === 'bad_token') {
            // This device was signed out. The server gives a new name to whoever comes back, and the page begins anew.
            exitConfirmed();
            if (leaving) location.reload();
            seat.connection.reset();
            seat.clear();
        } else if (frame.code === 'ack_ahead') {
            // Of a message that was on its way when the conversation changed: there is nothing to mend.
        } else if (frame.code === 'bad_code' || frame.code === 'too_many_tries') {
            menu.result(frame.message);
            if (!byId('devices').open) setStatus('This link was used already, or is too old. Ask for a new one.');
        } else if (frame.code === 'unavailable') {
            setStatus('No seat is free now, or meeting is switched off here.');
        } else {
            if (!seat.connection.open) refusal = frame.message;
            setStatus(frame.message);
        }
    },
    handed: (seat) => showTabs(seat),
};

let table = { look() {}, exit() {}, takes: () => false };
const seat = new Seat(byId('seat'), on);
table = new Table(seat, on);
const menu = new Menu({
    say: (text) => shown().shown.say(text),
    request: (frame) => shown().connection.request(frame),
});

function shown() {
    return table.inHand ?? seat;
}

function showTabs(seat) {
    byId('tabs').hidden = !seat.room;
    byId('tabs').replaceChildren(seat.tabs);
    document.body.classList.toggle('with-room', Boolean(seat.room));
}

function setStatus(text) {
    status.textContent = text;
}

function end(text, label) {
    setStatus('');
    for (const place of seat.places()) {
        place.asks.clear();
        place.composerLine.hidden = true;
    }
    const notice = el(
        'div',
        { class: 'notice', role: 'alert' },
        el('p', {}, text),
        button(label, () => location.reload(), { class: 'choice' })
    );
    seat.own.log.root.append(notice);
    seat.own.log.reveal(notice);
}

onExit(() => {
    table.exit();
    seat.connection.request({ type: 'exit' });
});
if (leaving) seat.queue = () => {};
seat.connection.start();
