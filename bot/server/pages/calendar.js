/** A calendar file for a check-in, made in the page. It holds a time and the server's neutral title, nothing that anyone wrote. */

const stamp = (date) => date.toISOString().replace(/[-:]|\.\d{3}/g, '');
const escape = (text) => text.replace(/[\\;,]/g, (sign) => '\\' + sign).replace(/\r?\n/g, '\\n');

/** The text of an iCalendar file (RFC 5545) with one event of a quarter of an hour and an alarm at its start. */
export function calendarFile(at, title, now = new Date()) {
    const random = crypto.getRandomValues(new Uint32Array(4));
    const uid = [...random].map((part) => part.toString(16).padStart(8, '0')).join('');
    const start = new Date(at);
    return [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//Notes//Notes//EN',
        'BEGIN:VEVENT',
        `UID:${uid}`,
        `DTSTAMP:${stamp(now)}`,
        `DTSTART:${stamp(start)}`,
        'DURATION:PT15M',
        `SUMMARY:${escape(title)}`,
        'CLASS:PRIVATE',
        'BEGIN:VALARM',
        'ACTION:DISPLAY',
        `DESCRIPTION:${escape(title)}`,
        'TRIGGER:PT0S',
        'END:VALARM',
        'END:VEVENT',
        'END:VCALENDAR',
        '',
    ].join('\r\n');
}

/** Hands the file to the browser as a download with a neutral name. */
export function saveCalendarFile(at, title) {
    const address = URL.createObjectURL(new Blob([calendarFile(at, title)], { type: 'text/calendar' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = 'reminder.ics';
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
