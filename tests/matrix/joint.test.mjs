/**
 * `joint`, from the first word to the end, by two who never see the same screen: Ana at a Matrix client that is not ours, Ben at
 * the chat page. tests/matrix/joint starts what they talk to. What is said to nobody but the bot has a word of its own, which
 * must not come to the other one: Ana's is heliotrope, and Ben's is vermilion.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { desktop, quit, shots } from '../browser/browser.mjs';
import { Person, kGate } from '../browser/person.mjs';
import { Reader, wordsOf } from './peer/reader.mjs';

const { PEER, HOMESERVER, BOT, ANA } = process.env;
const kMinute = 90_000; // the quiet minute in the room takes a minute
const kFirst = 'I shouted like a heliotrope in front of the kids';
const kShared = 'I raised my voice at you in the kitchen';
const kForOneAlone = /^(Hold that for your turn|You're ready|Breathe in)/; // and the breath is drawn another way on each side

let ana;
let ben;
let alone; // Ana's rooms: her own with the bot, and that of the talk
let room;
const heard = { ana: [], ben: [] }; // what each said for the other one

async function anaPrepares() {
    alone = await ana.ask('create', { invite: [BOT], plain: true });
    await ana.answers(alone, [
        [/What would help/, 'talk together'],
        [/What is it for/, '1'],
        [/What should they call you/, 'Ana'],
        [/which word should stand/, 'she'],
        [/what do you call them/i, 'Ben'],
        [/private enough/, 'yes'],
        [/free to say no/, 'yes'],
        [/ever afraid/, 'no'],
        [/In the past year/, 'no'],
        [/Does one of you decide/, 'no'],
        [/Any drink/, 'no'],
        [/How stirred up/, '3'],
        [/go in on these terms/, '1'],
    ]);
    return /\S+#join=\S+/.exec(await ana.told(alone, /#join=[^]*How far apart/))[0];
}

async function anaConsents() {
    await ana.say(alone, '6');
    await ana.answers(alone, [
        [/What did you do/, kFirst],
        [new RegExp(`Ben would read exactly this: "${kFirst}"`), 'Change it first'],
        [/Write it the way/, kShared],
        [new RegExp(`Ben would read exactly this: "${kShared}"`), 'Share it as it is'],
    ]);
    await ana.told(alone, /It will be shown once you're together/);
}

async function benPrepares(link) {
    ben = await Person.at(desktop, link);
    assert.match(await ben.text(), /Ana gave you this link/);
    await ben.press("Yes, let's see");
    await ben.say('Ben');
    await ben.press(/^He/);
    await ben.pressAll([...kGate, /^5/]);
    await ben.say('I said vermilion things about your father');
    assert.match(await ben.text(), /Ana would read exactly this: "I said vermilion things about your father"/);
    await ben.shot('matrix-joint-1-consent');
    await ben.press('Keep it private');
}

/** `heardAs`: what Ben reads, where it is not what she types. */
async function anaSays(cue, words, heardAs = words) {
    await ana.told(room, cue, kMinute);
    await ana.say(room, words);
    heard.ana.push(heardAs);
}

/** Types it, or presses it. */
async function benSays(cue, words, press = false) {
    await ben.place(true).locator('.turn').last().getByText(cue).waitFor({ timeout: kMinute });
    await ben.settled();
    await (press ? ben.press(words, true) : ben.say(words, true));
    heard.ben.push(words);
}

const benReads = (words, inRoom) => ben.place(inRoom).locator('.bubble').getByText(words).last().waitFor();

/** Ben speaks out of turn, Ana pauses, and both come back. */
async function interruptions() {
    await ana.told(room, /Ana, this is the place for your own part/, kMinute);
    await benReads(`From Ana: "${kShared}"`, true);
    await ben.say('I call it vermilion out of turn', true);
    await benReads('Hold that for your turn', true);
    await ben.shot('matrix-joint-2-floor');
    await ana.say(room, 'pause');
    await benReads("Let's pause here", true);
    await ben.say('ready', true);
    await ana.say(room, 'ready');
    await benReads('Everyone is back', true);
    await ana.told(room, /Everyone is back/);
    await ana.say(room, 'It was me who began');
    heard.ana.push('It was me who began');
}

async function firstHalf() {
    await benSays(/this is the place/, 'I was late that day');
    await anaSays(/what is the one topic/, 'Sunday evening');
    await benSays(/is that one all right/, 'Yes, that one', true);
    await anaSays(/Who speaks first/, '1', "I'll speak first");
    await ana.told(room, /what was it like for you/);
    await ana.say(room, 'You always leave me with the heliotrope');
    await anaSays(/Nobody else has seen this yet/, 'I felt small when the door closed');
    await benSays(/what did you hear/, 'You felt small');
    await anaSays(/was that it/, "Yes, that's it");
    await anaSays(/is there more/, "That's all for now");
    await benSays(/what makes sense to you/, 'It makes sense that you felt small, because I left');
    await benSays(/may it have been like/, 'I imagine you felt alone');
    await anaSays(/did that land/, 'Yes, it landed');
}

async function halfTime() {
    await ana.answers(alone, [[/How stirred up are you now/, '2']]);
    await ben.press(/^2/, false);
}

async function secondHalf() {
    await benSays(/what was it like for you/, 'I worried all the way home');
    await anaSays(/what did you hear/, 'You worried that I would be waiting');
    await benSays(/was that it/, "Yes, that's it", true);
    await benSays(/is there more/, "That's all for now", true);
    await anaSays(/what makes sense to you/, 'It makes sense that you were late, because work was loud');
    await anaSays(/may it have been like/, 'I imagine you felt torn');
    await benSays(/did that land/, 'Yes, it landed', true);
    await anaSays(/what is one small thing/, 'I knock before I come in, on Monday');
    await benSays(/what is one small thing/, 'I call from the train on Monday');
    await anaSays(/thank the other one/, 'Thank you for staying');
    await benSays(/thank the other one/, 'Thank you for asking');
}

async function afterwards() {
    await ana.answers(alone, [
        [/How far apart are you two now/, '4'],
        [/How well did Ben/, '8'],
        [/small thing that you want to do/, 'bring a heliotrope home'],
        [/Would you like a check-in/, 'yes'],
    ]);
    await ana.told(alone, /In two days, in the daytime/);
    await ana.say(room, 'one more heliotrope');
    await ana.told(room, /This room is closed. Nobody has seen what you wrote/);
    await ben.pressAll([/^4/, /^8/], false);
    await ben.say('paint it vermilion', false);
    await ben.press('Yes, check in', false);
    await benReads('In two days, in the daytime', false);
}

/** How often each line is in there. */
const counts = (lines, all) => Object.fromEntries(lines.map((line) => [line, all.split(line).length - 1]));

test('a talk between Matrix and the page goes to its end', { timeout: 170_000 }, async (t) => {
    ana = await Reader.at(PEER, { url: HOMESERVER, ...JSON.parse(ANA) });
    t.after(() => ana.stop());
    const link = await anaPrepares();
    await Promise.all([anaConsents(), benPrepares(link)]);
    room = await ana.comes();
    await interruptions();
    await firstHalf();
    await halfTime();
    await secondHalf();
    await afterwards();
    await ben.shot('matrix-joint-3-end');

    const [own, talk] = [await ana.timeline(alone), await ana.timeline(room)];
    const line = ({ event_id, sender, type, content }) => [event_id, sender, type, JSON.stringify(content)].join(' ');
    const listed = [own, talk].map((events) => `${events.map(line).join('\n')}\n`).join('\n');
    await writeFile(`${shots}matrix-joint-room.txt`, listed);
    assert.ok(!listed.includes('vermilion'), 'what Ben said to the bot alone is on Matrix');
    const page = await ben.page.content();
    assert.ok(!page.includes('heliotrope'), 'what Ana said to the bot alone is on the page');

    // Each has been told the same in the room, in the same order, and every line as often as the other.
    const said = talk.filter((event) => event.sender === BOT && event.type === 'm.room.message').map(wordsOf);
    const onMatrix = said.join('\n');
    const shown = await ben.place(true).locator('.bubble.bot > :not(.unseen)').allInnerTexts();
    const onPage = shown.filter((words) => !kForOneAlone.test(words));
    assert.deepEqual(counts(onPage, onMatrix), counts(onPage, onPage.join('\n')));
    let at = 0;
    for (const words of onPage) {
        const next = onMatrix.indexOf(words, at);
        assert.ok(next >= at, `on Matrix this comes in another order: ${words}`);
        at = next + words.length;
    }
    assert.deepEqual(said.flatMap((words) => /^Ben:\n> (.*)/.exec(words)?.[1] ?? []), heard.ben);
    assert.deepEqual(await ben.place(true).locator('.bubble.heard p').allInnerTexts(), heard.ana);
    const told = own.filter((event) => event.sender === BOT && event.type === 'm.room.message').map(wordsOf);
    assert.equal(new Set(told).size, told.length, 'Ana is told something twice');
    assert.deepEqual(ben.trouble, []);
});

after(quit);
