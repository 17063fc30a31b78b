/**
 * The canned conversation of the mock: one step per question, with every kind of bubble and question in it once.
 * A step is {say: bubbles, ask}; `next(answer)` may name another step, otherwise the following one comes.
 */

const text = (words) => ({ kind: 'text', text: words });
const choice = (...labels) =>
    labels.map((label) => ({
        id: label
            .toLowerCase()
            .replace(/[^a-z]+/g, '-')
            .replace(/-$/, ''),
        label,
    }));
const group = (label, ...labels) => ({ id: label.toLowerCase(), label, choices: choice(...labels) });

const feelings = [
    group('Sad', 'flat', 'let down', 'wistful', 'sad', 'hurt', 'disappointed', 'lonely', 'heartbroken'),
    group('Scared', 'uneasy', 'unsure', 'wary', 'worried', 'anxious', 'tense', 'panicky'),
    group('Angry', 'annoyed', 'impatient', 'frustrated', 'angry', 'resentful', 'furious'),
    group('Ashamed', 'awkward', 'embarrassed', 'guilty', 'regretful', 'ashamed', 'humiliated'),
    group('Tired', 'low', 'foggy', 'worn out', 'overloaded', 'drained', 'burnt out', 'numb'),
    group('Torn', 'puzzled', 'hesitant', 'confused', 'mixed', 'lost', 'overwhelmed'),
    group('Calm', 'okay', 'settling', 'relieved', 'steady', 'peaceful', 'safe'),
    group('Warm', 'hopeful', 'curious', 'touched', 'grateful', 'close', 'proud', 'loving'),
];
const needs = [
    group('Closeness', 'company', 'warmth', 'shared time'),
    group('Being heard', 'to be understood', 'to be taken seriously', 'to be asked'),
    group('Respect', 'courtesy', 'my choices count', 'privacy'),
    group('Space', 'quiet', 'alone time', 'freedom'),
];

export const helpLines = {
    kind: 'help',
    title: 'People you can reach now',
    lines: [
        { name: 'Emergency services', call: '112' },
        {
            name: 'A listening line',
            call: '+00 555 0100',
            text: '555 0101',
            web: 'https://help.example/',
            hours: 'Day and night',
            checked: '2026-11-01',
        },
        { name: 'A text line', text: 'HELLO to 55501', hours: '8 am to 10 pm' },
    ],
};

export const steps = [
    {
        id: 'welcome',
        say: [
            text(
                "I'm a computer program with written steps. I'm not a person, therapist or emergency service, and I don't feel emotions. Nobody is reading this live."
            ),
            text(
                "I'm for adults. If you're in danger, or thinking about suicide, type help for people you can contact. Type exit any time."
            ),
            text('What would help right now?'),
        ],
        ask: {
            kind: 'choice',
            max: 1,
            choices: choice('Cool down', 'Find my words', 'Talk together', 'I don’t feel safe'),
        },
        next: (answer) => (answer === 'i-don-t-feel-safe' ? 'unsafe' : 'heat'),
    },
    {
        id: 'heat',
        say: [
            text(
                'Let’s find the piece that is yours, and a way to say it. It takes about 8 minutes. You can stop whenever you like.'
            ),
            text('How stirred up are you right now?'),
        ],
        ask: {
            kind: 'scale',
            from: 0,
            to: 10,
            low: 'calm',
            high: 'boiling',
            choices: [{ id: '7', label: 'Numb or checked out' }],
            skip: true,
        },
    },
    {
        id: 'breathe',
        say: [
            text('Let’s slow down first. If you feel dizzy, breathe as you like.'),
            {
                kind: 'pace',
                times: 3,
                beats: [
                    { words: 'Breathe in', seconds: 2 },
                    { words: 'Breathe out', seconds: 3 },
                ],
            },
        ],
        ask: { kind: 'choice', max: 1, choices: choice('Done'), skip: true },
    },
    {
        id: 'act',
        say: [text('What did you do that you’d want back? One line, the way a camera would have seen it.')],
        ask: { kind: 'words', long: false, limit: 280 },
    },
    {
        id: 'whose',
        say: [text('Thank you for putting it into words.'), text('How much of it was yours?')],
        ask: {
            kind: 'choice',
            max: 1,
            choices: choice('At least part of it', 'It was all them', 'It was all me, I’m awful'),
            skip: true,
        },
    },
    {
        id: 'value',
        say: [text('Which of your own values did it step on?')],
        ask: {
            kind: 'choice',
            max: 2,
            choices: choice('Kindness', 'Honesty', 'Respect', 'Patience', 'Being reliable'),
        },
    },
    {
        id: 'feelings',
        say: [text('What do you feel when you look at it now?')],
        ask: { kind: 'feelings', max: 3, groups: feelings },
    },
    { id: 'needs', say: [text('And what do you need most?')], ask: { kind: 'needs', max: 3, groups: needs } },
    {
        id: 'effect',
        say: [text('What might it have been like for them? A guess is fine.')],
        ask: { kind: 'words', long: true, limit: 1000 },
    },
    {
        id: 'sure',
        say: [text('From 1 to 7, how sure are you of that guess?')],
        ask: { kind: 'number', from: 1, to: 7 },
    },
    { id: 'break', say: [text('How long would you like to rest before you talk?')], ask: { kind: 'length' } },
    { id: 'when', say: [text('When shall I ask how it went?')], ask: { kind: 'moment' } },
    {
        id: 'card',
        say: [
            text('Here is a first version, all yours to change.'),
            { kind: 'calendar', at: '2026-11-26T18:00:00Z', title: 'Check-in' },
            { kind: 'link', url: 'https://read.example/repair', text: 'More about saying sorry well' },
            { kind: 'picture', url: '/icon.svg', text: 'A page with three lines' },
            { kind: 'recording', url: '/media/breath.mp3', text: 'Let your shoulders drop.' },
            text('Keep it?'),
        ],
        ask: { kind: 'choice', max: 1, choices: choice('Yes', 'Not quite') },
    },
    { id: 'end', say: [text('It’s yours now. You can close this page, or write to me whenever you like.')] },
    {
        id: 'unsafe',
        say: [text('Thank you for telling me. I’m a program, and no one is reading this now.'), helpLines],
        ask: { kind: 'choice', max: 1, choices: choice('A grounding step', 'Not now') },
        next: () => 'heat',
    },
];

/** Picks and label that a typed reply means, or undefined when it fits no answer. */
export function understand(ask, words) {
    const folded = words
        .toLowerCase()
        .replace(/’/g, "'")
        .replace(/[.!?]$/, '');
    if (!ask || folded === 'skip' || folded === 'not sure') return [];
    const options = [...(ask.choices ?? []), ...(ask.groups ?? []).flatMap((one) => one.choices)];
    const named = options.filter((option) => folded.includes(option.label.toLowerCase().replace(/’/g, "'")));
    if (named.length > 0) return named.map((option) => option.id);
    const number = Number.parseInt(folded, 10);
    if (ask.kind === 'scale' || ask.kind === 'number')
        return number >= ask.from && number <= ask.to ? [String(number)] : undefined;
    if (ask.kind === 'choice') return ask.choices[number - 1] ? [ask.choices[number - 1].id] : undefined;
    return ask.kind === 'feelings' || ask.kind === 'needs' ? undefined : [];
}
