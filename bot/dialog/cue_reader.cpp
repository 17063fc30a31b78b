#include "bot/dialog/cue_reader.hpp"

namespace reweave::dialog {

CueReader::CueReader(const Surroundings& around, Tree& tree, Faults& faults)
    : around_(around),
      tree_(tree),
      faults_(faults),
      known_{around.names, &faults, plural_forms_of(around.script->language)},
      choice_phrases_(*around.pack, faults),
      value_phrases_(*around.pack, faults) {}

bool CueReader::read(const Statement& s) {
    readable_ = true;
    if (s.kind == Statement::Kind::choice) {
        choice(s);
        return readable_;
    }
    if (s.kind == Statement::Kind::text) {
        say(s);
        return readable_;
    }
    if (s.no_colon) {
        report(Fault::no_colon,
               s.mark,
               "The colon after " + s.mark.str() + " is missing.",
               "Write " + s.mark.str() + ": " + s.body.str() + " If the bot is to say this line, write \\ before it.");
    }
    const bool stands_alone = s.cue == Cue::end || s.cue == Cue::otherwise || s.cue == Cue::note;
    if (s.body.empty() && !stands_alone) {
        unreadable(Fault::empty_cue,
                   s.mark,
                   "Nothing stands after this cue.",
                   "Write what it is about, or take the line away.");
        tree_.forget_above();
        return readable_;
    }
    switch (s.cue) {
        case Cue::or_:
            or_(s);
            break;
        case Cue::picture:
            media(s, Media::Kind::picture);
            break;
        case Cue::recording:
            media(s, Media::Kind::recording);
            break;
        case Cue::link:
            media(s, Media::Kind::link);
            break;
        case Cue::pace:
            pace(s);
            break;
        case Cue::ask:
            ask(s);
            break;
        case Cue::also:
            also(s);
            break;
        case Cue::retry:
        case Cue::tries:
        case Cue::if_stuck:
        case Cue::nudge:
        case Cue::remind:
        case Cue::if_not:
            question_line(s);
            break;
        case Cue::if_:
        case Cue::otherwise_if:
            if_(s);
            break;
        case Cue::otherwise:
            tree_.otherwise(s.mark.span());
            break;
        case Cue::end:
            tree_.end(s.mark.span());
            break;
        case Cue::go_to:
            go_to(s);
            break;
        case Cue::call:
            call(s);
            break;
        case Cue::finish:
            finish(s);
            break;
        case Cue::wait:
            wait(s);
            break;
        case Cue::follow_up:
            follow_up(s);
            break;
        case Cue::help_lines:
            help_lines(s);
            break;
        case Cue::note:
        case Cue::formerly:  // what it means for the script is nothing; the parser sees whether it can stand here
            break;
        case Cue::for_:
            for_(s);
            break;
        case Cue::share:
            share(s);
            break;
        case Cue::show:
            show(s);
            break;
        case Cue::begin:
            begin(s);
            break;
        case Cue::invite:
            invite(s);
            break;
        case Cue::floor:
            floor(s);
            break;
        case Cue::to:
            to(s);
            break;
    }
    return readable_;
}

}  // namespace reweave::dialog
