/** Small helpers for building the page. Text only ever becomes text nodes; nothing here parses HTML. */

export const byId = (id) => document.getElementById(id);

/** An element with attributes (`onclick` and the like are listeners; false and undefined are left out) and children. */
export function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
        else if (value === true) node.setAttribute(name, '');
        else if (value !== false && value !== undefined && value !== null) node.setAttribute(name, String(value));
    }
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return node;
}

export const button = (label, onclick, attributes = {}) =>
    el('button', { type: 'button', onclick, ...attributes }, label);

export const prefersCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The address if it is one that a page may lead to, otherwise empty: an address must never run a script. */
export function safeAddress(address, schemes = ['https:', 'http:']) {
    try {
        const url = new URL(address, location.href);
        return schemes.includes(url.protocol) ? url.href : '';
    } catch {
        return '';
    }
}
