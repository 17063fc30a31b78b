/** One place to read and write in: the private one, or a room that others read too. */

import { Asks } from './asks.js';
import { Composer } from './composer.js';
import { el, prefersCalm } from './dom.js';
import { Log } from './log.js';

const kBoiling = 7; // from here on a scale, nothing makes a person wait
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

/** A second place with the same parts, for the room of that number. */
export function copyOf(place, suffix) {
    const copy = place.cloneNode(true);
    for (const node of [copy, ...copy.querySelectorAll('[id]')]) node.id = `${node.id}-${suffix}`;
    for (const name of ['for', 'aria-describedby']) {
        for (const node of copy.querySelectorAll(`[${name}]`)) {
            const ids = node.getAttribute(name).split(' ');
            node.setAttribute(name, ids.map((id) => `${id}-${suffix}`).join(' '));
        }
    }
    for (const name of ['log', 'ask', 'head']) part(copy, name).replaceChildren();
    part(copy, 'words').value = '';
    part(copy, 'ask').hidden = part(copy, 'earlier').hidden = true;
    return copy;
}

const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

export class Place {
    /** `on`: send(frame, label, place) posts and returns the entry; changed(place); invite(bubble). `room`: its number, or undefined. */
    constructor(root, room, on) {
        this.root = root;
        this.room = room;
        this.on = on;
        this.boiling = false;
        this.lastAsk = undefined; // the question that the newest turns left open, with its exercise
        const find = (name) => part(root, name);
        this.head = find('head');
        this.readersLine = find('readers');
        this.composerLine = find('composer');
        this.log = new Log(root, find('log'), { invite: (bubble) => on.invite?.(bubble) });
        this.asks = new Asks(find('ask'), {
            choose: (ask, picks, label) => {
                this.boiling = ask.kind === 'scale' && Number(picks[0]) >= kBoiling;
                this.sent({ type: 'choose', ask: ask.id, picks }, label);
            },
            say: (text) => this.say(text),
        });
        this.composer = new Composer(find, (text) => this.say(text));
    }

    get asked() {
        return Boolean(this.lastAsk?.ask);
    }

    say(text) {
        if (this.on.leaves?.(text)) return;
        if (this.lastAsk?.ask?.kind === 'scale') this.boiling = Number.parseInt(text, 10) >= kBoiling;
        this.sent({ type: 'message', text, room: this.room }, text);
    }

    sent(frame, label) {
        this.log.hurry();
        this.asks.clear();
        const entry = this.on.send(frame, this);
        this.log.showPending(entry, label);
    }

    refused(entry, moved) {
        this.log.drop(entry);
        if (entry.frame.type === 'message') this.composer.giveBack(entry.frame.text);
        if (!moved) this.openAsk();
    }

    /** Shows one turn; `fresh` is asked before every bubble whether there is time to show them one by one. */
    async show(message, isNew, fresh) {
        const help = message.bubbles.some((bubble) => bubble.kind === 'help');
        this.log.root.setAttribute('aria-live', isNew ? 'polite' : 'off');
        const slowly = () =>
            isNew && !help && !this.boiling && !this.room && fresh() && !prefersCalm() && !this.root.hidden;
        // A turn that the person did not begin and that asks nothing (a reminder) leaves the open question as it is.
        const moves = message.you || message.ask;
        if (moves) this.asks.clear();
        await this.log.show(message, slowly);
        if (message.readers) this.readers(message.readers);
        if (message.room) this.roomIs(message.room);
        if (moves) {
            this.lastAsk = { ask: message.ask, pace: message.bubbles.findLast((bubble) => bubble.kind === 'pace') };
        } else if (message.room) {
            const pace = message.bubbles.findLast((bubble) => bubble.kind === 'pace');
            if (pace) this.asks.show(undefined, pace);
            else if (!this.asked) this.asks.clear(); // an exercise of before is over
        }
    }

    settle() {
        this.openAsk();
        this.log.revealNewest();
        this.on.changed(this);
    }

    openAsk() {
        if (!this.lastAsk) return;
        this.composer.shape(this.lastAsk.ask);
        if (this.asks.ask === undefined || this.asks.ask !== this.lastAsk.ask)
            this.asks.show(this.lastAsk.ask, this.lastAsk.pace, this.aloud);
    }

    readers(text) {
        this.readersLine.textContent = text;
        this.root.setAttribute('aria-label', text);
    }

    /** Whether it is open, and who speaks in it, stands above it in so many words. */
    roomIs(view) {
        this.view = view;
        this.composerLine.hidden = !view.open;
        if (!view.open) {
            this.lastAsk = undefined;
            this.asks.clear();
        }
        this.head.hidden = false;
        this.head.dataset.mine = Boolean(view.floor?.mine) && view.open && !view.paused;
        this.head.replaceChildren(el('h2', {}, view.title), el('p', {}, floorLine(view)));
        if (view.readers) this.readers(view.readers);
    }

    clear() {
        this.lastAsk = undefined;
        this.log.hurry();
        this.asks.clear();
        this.log.clear();
    }
}

function floorLine(view) {
    if (!view.open) return 'This room is closed.';
    if (view.paused) return 'Paused. Write ready to go on.';
    if (!view.floor) return view.with.length === 1 ? `You and ${view.with[0]}` : 'Everyone';
    const until = view.floor.until ? `, until ${clock.format(new Date(view.floor.until))}` : '';
    return view.floor.mine ? `It’s your turn${until}` : `${view.floor.name} speaks${until}`;
}
