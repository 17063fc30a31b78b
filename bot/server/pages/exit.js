/**
 * Quick exit: blank the page at once, end this device's session, and put a neutral site in this page's place.
 *
 * The page keeps two things in the browser. The note `leaving`, only until the server has confirmed the exit: without it,
 * leaving while offline would leave the conversation open for whoever comes next. And, while two people are at one table, the
 * second one's token, until the page is closed or left.
 */

const kEscWindow = 2000; // milliseconds in which the third Esc must come

let endSession = () => {};
let left = false;

export function onExit(callback) {
    endSession = callback;
}

export function blank() {
    document.body.replaceChildren();
}

export function leave() {
    if (left) return;
    left = true;
    const link = document.getElementById('exit');
    const address = link ? link.href : 'about:blank';
    blank();
    note(true);
    forgetSession();
    endSession();
    location.replace(address);
}

/** True when an exit from this device has not been confirmed by the server yet. */
export function exitIsDue() {
    try {
        return localStorage.getItem('leaving') !== null;
    } catch {
        return false;
    }
}

export function exitConfirmed() {
    note(false);
}

function note(due) {
    try {
        if (due) localStorage.setItem('leaving', '1');
        else localStorage.removeItem('leaving');
    } catch {
        // Storage is switched off: then there is nothing to tidy up either.
    }
}

function forgetSession() {
    try {
        sessionStorage.clear();
    } catch {
        // Storage is switched off: nothing is kept.
    }
}

// The link in the header, and a button in every dialog, since a dialog covers the header.
addEventListener('click', (event) => {
    if (!event.target.closest?.('.exit')) return;
    event.preventDefault();
    leave();
});

let presses = [];
addEventListener(
    'keydown',
    (event) => {
        if (event.key !== 'Escape' || event.repeat) return;
        presses = [...presses.filter((at) => event.timeStamp - at < kEscWindow), event.timeStamp];
        if (presses.length >= 3) leave();
    },
    true
);

// A page kept in memory for the back button must not hold the conversation. Coming back by it starts afresh,
// or, after an exit, stays empty.
addEventListener('pagehide', blank);
addEventListener('pageshow', (event) => {
    if (event.persisted && !left) location.reload();
});
