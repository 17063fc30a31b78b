/** One bubble of the conversation as an element, by its kind. */

import { button, el, safeAddress } from './dom.js';
import { saveCalendarFile } from './calendar.js';
import { invitationCard } from './invitation.js';

const outside = { target: '_blank', rel: 'noopener noreferrer' };
const moment = new Intl.DateTimeFormat(undefined, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
});

const kinds = {
    text: (bubble) => el('p', {}, bubble.text),

    link(bubble) {
        const href = safeAddress(bubble.url);
        return el('p', {}, href ? el('a', { href, ...outside }, bubble.text || bubble.url) : bubble.text);
    },

    picture: (bubble) => el('img', { src: safeAddress(bubble.url), alt: bubble.text }),

    recording: (bubble) =>
        el(
            'div',
            {},
            el('audio', { controls: true, preload: 'none', src: safeAddress(bubble.url), 'aria-label': 'Recording' }),
            el('details', {}, el('summary', {}, 'Read it instead'), el('p', {}, bubble.text))
        ),

    pace: (bubble) =>
        el(
            'p',
            {},
            bubble.beats
                .map((beat) => `${beat.words} for ${beat.seconds} ${beat.seconds === 1 ? 'second' : 'seconds'}`)
                .join('. ') + `. ${bubble.times} ${bubble.times === 1 ? 'time' : 'times'}.`
        ),

    calendar(bubble) {
        const title = bubble.title || 'Check-in';
        return el(
            'div',
            { class: 'calendar' },
            el('p', {}, moment.format(new Date(bubble.at))),
            button('Save to my calendar', () => saveCalendarFile(bubble.at, title), { class: 'small' }),
            el('p', { class: 'fine' }, `The entry says only “${title}”. Others who see your calendar see it too.`)
        );
    },

    invite: (bubble, cards) => invitationCard(bubble, cards.invite(bubble)),

    help: (bubble) =>
        el(
            'div',
            { class: 'help' },
            bubble.title && el('h2', {}, bubble.title),
            el('ul', {}, ...bubble.lines.map((line) => el('li', {}, ...helpLine(line))))
        ),
};

function helpLine(line) {
    const rows = [el('strong', {}, line.name)];
    if (line.call)
        rows.push(el('a', { class: 'reach', href: `tel:${line.call.replace(/[^+\d*#]/g, '')}` }, `Call ${line.call}`));
    if (line.text) {
        const number = /^[+\d][\d ]*$/.test(line.text);
        rows.push(
            number
                ? el('a', { class: 'reach', href: `sms:${line.text.replace(/ /g, '')}` }, `Text ${line.text}`)
                : el('span', { class: 'reach' }, `Text ${line.text}`)
        );
    }
    const web = line.web && safeAddress(/^\w+:/.test(line.web) ? line.web : `https://${line.web}`);
    if (web) rows.push(el('a', { class: 'reach', href: web, ...outside }, line.web.replace(/^https?:\/\/|\/$/g, '')));
    if (line.hours) rows.push(el('span', { class: 'fine' }, line.hours));
    if (line.checked) rows.push(el('span', { class: 'fine' }, `Checked ${line.checked}`));
    return rows;
}

/** A kind that this page does not know is shown by its text, so that a newer server never leaves a hole. */
export function bubbleOf(bubble, cards) {
    const build = kinds[bubble.kind] ?? kinds.text;
    return el(
        'div',
        { class: `bubble bot ${bubble.kind}` },
        el('span', { class: 'unseen' }, 'Notes: '),
        build(bubble, cards)
    );
}

/** What somebody else said in a room. */
export function heardBubble(heard) {
    return el(
        'div',
        { class: 'bubble heard' },
        el('strong', { class: 'name' }, heard.name),
        el('span', { class: 'unseen' }, ': '),
        el('p', {}, heard.text ?? (heard.picks ?? []).join(', '))
    );
}

export function ownBubble(text, attributes = {}) {
    return el(
        'div',
        { class: 'bubble own', ...attributes },
        el('span', { class: 'unseen' }, 'You: '),
        el('p', {}, text)
    );
}
