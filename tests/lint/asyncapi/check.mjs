// Reads the AsyncAPI document with the parser that its makers publish; ends with 1 if it finds a fault, with 77 if it is not there.
import { readFile } from "node:fs/promises";

const file = new URL("../../../bot/server/reweave.asyncapi.yaml", import.meta.url);

let Parser, Ajv, formats;
try {
  ({ Parser } = await import("@asyncapi/parser"));
  Ajv = (await import("ajv")).default; // two parts of the parser
  formats = (await import("ajv-formats")).default;
} catch {
  console.log("npm's @asyncapi/parser is not installed: not checked (./dev test fetches it)");
  process.exit(77);
}

const worstIgnored = 2; // 0 is an error, 1 a warning, 2 and more are hints
const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));
const faults = diagnostics.filter(({ severity }) => severity < worstIgnored);
for (const { range, message, path } of faults) {
  console.log(`${file.pathname}:${range.start.line + 1}: ${path.join(".")}: ${message}`);
}
if (!document || faults.length > 0) process.exit(1);

// The parser does not hold the examples of AsyncAPI 3 against their schemas.
const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
let examples = 0;
let wrong = 0;
for (const message of document.allMessages().all()) {
  const fits = ajv.compile(message.payload().json());
  for (const example of message.examples().all()) {
    examples += 1;
    if (fits(example.payload())) continue;
    wrong += 1;
    console.log(`${message.id()}, "${example.name()}": ${ajv.errorsText(fits.errors)}`);
  }
}
if (wrong > 0) process.exit(1);
console.log(`AsyncAPI ${document.version()}: ${document.allMessages().length} messages with ${examples} examples, no fault`);
