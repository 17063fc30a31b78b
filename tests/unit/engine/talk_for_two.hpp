#pragma once
/// \file A conversation of two people, and the script that begins it.

namespace reweave::tests {

inline constexpr const char* kBegins = R"(# Welcome
Draft: test

## One
What may they call you?
ASK: my name, one line
BEGIN: talk
)";

inline constexpr const char* kTalk = R"(# Talk
Draft: test
Given: my name
People: starter, partner

## Alone
FOR: each, alone
CALL: Safety gate
What did you do?
ASK: my part, one line
SHARE: my part, with the other

## Ready
WAIT: for both, up to 2 days
IF NOT: Not this time

## Room
FOR: both
FLOOR: each, 10 minutes
SHOW: my part, if shared
{speaker}, begin.
ASK: said, long text
TO: listener
What did you hear?
ASK: heard, long text
FLOOR: next
FOR: each, alone
How near are you, from 0 to 10?
ASK: near, from 0 "near" to 10 "far"
Thank you.
FINISH: talked

## Not this time
Not this time, and that's nobody's doing.
FINISH: not now
)";

}  // namespace reweave::tests
