/** The menu and what opens from it: the always-on words, another device, what leaving does and cannot do. */

import { byId } from './dom.js';

/** `say` sends a word; `request` sends a frame and is false without a connection. */
export class Menu {
    constructor({ say, request }) {
        this.request = request;
        byId('open-menu').addEventListener('click', () => byId('menu').showModal());
        for (const dialog of document.querySelectorAll('dialog')) {
            dialog.addEventListener('click', (event) => {
                const { say: word, open, close } = event.target.closest('button')?.dataset ?? {};
                if (event.target === dialog || word || open || close !== undefined) dialog.close();
                if (word) say(word);
                if (open) this.open(byId(open));
            });
        }
        byId('get-code').addEventListener('click', () => this.ask({ type: 'code' }));
        byId('code-form').addEventListener('submit', (event) => {
            event.preventDefault();
            const code = byId('code-words').value.trim().toUpperCase();
            if (code) this.ask({ type: 'link', code });
        });
    }

    open(dialog) {
        this.result('');
        byId('code').hidden = true;
        byId('code-words').value = '';
        dialog.showModal();
    }

    ask(frame) {
        this.result(this.request(frame) ? '' : 'There is no connection right now. Try again in a moment.');
    }

    result(text) {
        byId('code-result').textContent = text;
    }

    showCode(frame) {
        const until = new Date(frame.expires).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
        const code = byId('code');
        code.textContent = frame.code;
        code.hidden = false;
        this.result(`Works once, until ${until}.`);
    }

    close() {
        for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    }
}
