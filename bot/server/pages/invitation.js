/** The card that gets a link for somebody to take a seat, and what is shown of it. */

import { button, el } from './dom.js';

const until = new Intl.DateTimeFormat(undefined, { weekday: 'long', hour: 'numeric', minute: '2-digit' });
let open; // the card that was pressed last

/** `ask(bubble)` requests a code; `table(bubble)` lets the other one take their seat at this device. */
export function invitationCard(bubble, { ask, table }) {
    const place = el('div', { class: 'invitation', role: 'status' });
    const card = el(
        'div',
        { class: 'invite-card' },
        button(
            'Make a link',
            () => {
                open = { conversation: bubble.conversation, place };
                ask(bubble);
            },
            { class: 'choice' }
        ),
        bubble.people === 2 && button('We’re at one table', () => table(bubble), { class: 'choice' }),
        place
    );
    return card;
}

/** The code came: it is shown once, here and nowhere else. */
export function showInvitation(frame) {
    if (!open || open.conversation !== frame.conversation) return;
    const link = `${location.origin}/#join=${frame.code}`;
    const said = el('p', { class: 'fine', role: 'status' }, `Works once, until ${until.format(new Date(frame.expires))}.`);
    const copy = button(
        'Copy the link',
        () =>
            navigator.clipboard.writeText(link).then(
                () => (said.textContent = 'Copied. Send it yourself, wherever you write to each other.'),
                () => (said.textContent = 'Copying didn’t work here. Mark the link and copy it by hand.')
            ),
        { class: 'small' }
    );
    const send = navigator.share
        ? [button('Send it …', () => navigator.share({ url: link }).catch(() => {}), { class: 'small' })]
        : [];
    open.place.replaceChildren(
        el('p', { class: 'link' }, link),
        copy,
        ...send,
        el('p', { class: 'fine' }, `Or the code alone: ${frame.code}`),
        said
    );
}

/** The code in the address of the page, which is taken out of it at once. */
export function codeInAddress() {
    const code = /^#join=([\w-]{8,40})$/.exec(location.hash)?.[1];
    if (code) history.replaceState(null, '', location.pathname);
    return code;
}
