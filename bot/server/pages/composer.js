/** The line at the bottom where people type. What stands in it survives everything but leaving the page. */

const kMost = 4000; // characters that the protocol takes

export class Composer {
    /** `find` gives the parts of the place it stands in. */
    constructor(find, send) {
        this.send = send;
        this.words = find('words');
        this.count = find('count');
        this.shape(undefined);
        find('form').addEventListener('submit', (event) => {
            event.preventDefault();
            this.submit();
        });
        this.words.addEventListener('input', () => this.changed());
        this.words.addEventListener('keydown', (event) => {
            if (event.key !== 'Enter' || event.isComposing || event.shiftKey) return;
            if (this.long && !event.ctrlKey && !event.metaKey) return;
            event.preventDefault();
            this.submit();
        });
    }

    /** Fits the line to the question: one line or long, letters or digits, its limit. */
    shape(ask) {
        this.long = ask?.kind === 'words' && ask.long === true;
        this.limit = (ask?.kind === 'words' && ask.limit) || kMost;
        this.words.rows = this.long ? 4 : 1;
        this.words.enterKeyHint = this.long ? 'enter' : 'send';
        this.words.inputMode = ask?.kind === 'number' || ask?.kind === 'scale' ? 'numeric' : 'text';
        this.words.placeholder = this.long
            ? 'Take the room you need'
            : ask && ask.kind !== 'words'
              ? 'Or write it here'
              : 'Write here';
        this.changed();
    }

    /** Gives words back that could not be sent, before whatever has been typed since. */
    giveBack(text) {
        this.words.value = this.words.value ? `${text}\n${this.words.value}` : text;
        this.changed();
    }

    submit() {
        const text = this.words.value.trim();
        if (!text || [...text].length > kMost) return;
        this.words.value = '';
        this.changed();
        this.send(text);
    }

    changed() {
        const used = [...this.words.value].length;
        const near = used >= this.limit * 0.8;
        this.count.textContent = near ? `${used} of ${this.limit}` : '';
        this.count.classList.toggle('over', used > this.limit);
        // The field grows with its words; scrollHeight is right only while no height is set.
        this.words.style.height = 'auto';
        this.words.style.height = `${this.words.scrollHeight + 2}px`;
    }
}
