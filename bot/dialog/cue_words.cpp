// The cues that speak: bubbles, their alternates, pictures, recordings, links, paced exercises.
#include <algorithm>
#include <array>

#include "bot/dialog/cue_reader.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

constexpr std::size_t kLongestBubble = 500;  ///< characters
constexpr std::size_t kManyWords = 60;
constexpr std::int64_t kMostBreaths = 60;
constexpr std::int64_t kLongestBeat = 60;  ///< seconds

constexpr std::array kPictures{".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg"};
constexpr std::array kRecordings{".mp3", ".ogg", ".opus", ".m4a", ".wav"};

std::size_t count_words(std::string_view text) {
    std::size_t words = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != ' ' && (i == 0 || text[i - 1] == ' ')) ++words;
    }
    return words;
}

template <std::size_t N>
bool ends_with_any(std::string_view name, const std::array<const char*, N>& endings) {
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        return name.size() > ending.size() && same_word(name.substr(name.size() - ending.size()), ending);
    });
}

/// The first pair of `**` or `__` around something.
std::size_t find_bold(std::string_view text) {
    for (const std::string_view mark : {"**", "__"}) {
        const std::size_t open = text.find(mark);
        if (open != std::string_view::npos && text.find(mark, open + 3) != std::string_view::npos) return open;
    }
    return std::string_view::npos;
}

}  // namespace

Text CueReader::read_text(Slice slice) {
    check_length(slice);
    return Text{{read_template(slice, known_)}, slice.span()};
}

void CueReader::check_length(Slice slice) {
    const std::size_t characters = count_characters(slice.view());
    const std::size_t words = count_words(slice.view());
    if (characters > kLongestBubble) {
        report(Fault::too_long,
               slice,
               "This bubble has " + std::to_string(characters) + " characters; 500 is the most.",
               "Split it into two lines. Each line is a bubble of its own.");
    } else if (words > kManyWords) {
        report(Fault::long_for_someone_upset,
               slice,
               "This bubble has " + std::to_string(words) + " words: long for someone upset.",
               "Say less, or split it into two lines.");
    }
    if (const std::size_t bold = find_bold(slice.view()); bold != std::string_view::npos) {
        report(Fault::bold, slice.sub(bold, 2), "Marks for bold letters are shown as they stand.", "Take them away.");
    }
}

void CueReader::say(const Statement& s) {
    if (s.small) {
        report(Fault::not_capitals,
               s.whole,
               "This line is said, though it begins like a cue.",
               "For a cue, write its words in capitals. To say it, write \\ before it.");
    }
    if (s.kind == Statement::Kind::text && s.body.view().starts_with("- ")) {
        report(Fault::dash,
               s.whole.sub(0, 1),
               "This line is said with its dash.",
               "For a choice, begin the line with * instead.");
    }
    tree_.say(read_text(s.body), s.whole.span());
}

void CueReader::or_(const Statement& s) {
    Text* bubble = tree_.bubble_above();
    if (!bubble) {
        report(Fault::or_without_bubble,
               s.whole,
               "OR says the bubble directly above in another way, but there is none.",
               "Put it below the bubble that it varies.");
        return;
    }
    check_length(s.body);
    bubble->alternates.push_back(read_template(s.body, known_));
}

std::optional<Slice> CueReader::words_after_comma(Scanner& scanner) {
    if (!scanner.take_comma()) return std::nullopt;
    if (const auto quote = scanner.take_quoted()) return quote;
    if (scanner.done()) return std::nullopt;
    return scanner.rest();
}

void CueReader::media(const Statement& s, Media::Kind kind) {
    Scanner scanner(s.body);
    const Slice target = scanner.take_until_comma();
    const std::optional<Slice> words = words_after_comma(scanner);
    if (kind == Media::Kind::link) {
        const bool good = target.view().starts_with("https://") && target.size() > 10 &&
                          target.view().find_first_of(" \"<>{}") == std::string_view::npos;
        if (!good)
            report(Fault::link_address,
                   target,
                   "A link begins with https:// and has no spaces.",
                   "As in: LINK: https://example.org, \"More about it\"");
    } else {
        const bool picture = kind == Media::Kind::picture;
        const bool known =
            picture ? ends_with_any(target.view(), kPictures) : ends_with_any(target.view(), kRecordings);
        const bool plain =
            target.view().find_first_of("/\\ ") == std::string_view::npos && !target.view().starts_with('.');
        if (!known || !plain) {
            report(Fault::media_file,
                   target.empty() ? s.body : target,
                   in_quotes(target.view()) + " is not the name of a " + (picture ? "picture." : "recording."),
                   picture ? "Use a png, jpg, webp, gif or svg from dialogs/media, as in: PICTURE: hands.png, \"Two "
                             "open hands\""
                           : "Use an mp3, ogg, opus, m4a or wav from dialogs/media, as in: RECORDING: breath.mp3, "
                             "\"Breathe in…\"");
        }
    }
    if (!words) {
        report(Fault::media_words,
               s.body,
               "There are no words for those who cannot see or hear it.",
               kind == Media::Kind::picture ? "Say after a comma what it shows: PICTURE: hands.png, \"Two open hands\""
               : kind == Media::Kind::recording
                   ? "Give its words after a comma: RECORDING: breath.mp3, \"Breathe in…\""
                   : "Say after a comma where it leads: LINK: https://example.org, \"More about it\"");
    }
    tree_.add(Media{kind, target.str(), words ? read_text(*words) : Text{{Template{}}, target.span()}}, s.whole.span());
}

void CueReader::pace(const Statement& s) {
    constexpr std::string_view kMend = "As in: PACE: 6 times, Breathe in for 4 seconds, Breathe out for 6 seconds";
    Pace pace;
    Scanner scanner(s.body);
    const auto times = scanner.take_number();
    if (!times || *times < 1 || *times > kMostBreaths || !(scanner.take_words("times") || scanner.take_words("time"))) {
        report(Fault::pace, s.body, "I cannot read how many times this goes (1 to 60).", std::string(kMend));
    } else {
        pace.times = static_cast<int>(*times);
    }
    scanner.take_until_comma();
    while (scanner.take_comma()) {
        const Slice part = scanner.take_until_comma();
        const std::size_t at = part.view().rfind(" for ");
        Scanner length(at == std::string_view::npos ? part.sub(part.size()) : part.sub(at + 5));
        const auto seconds = length.take_duration();
        if (!seconds || *seconds < 1 || *seconds > kLongestBeat || !length.done()) {
            report(Fault::pace,
                   part.empty() ? s.body : part,
                   "I cannot read this part of the exercise: words, and up to 60 seconds.",
                   std::string(kMend));
            continue;
        }
        pace.beats.push_back(Beat{part.sub(0, at).trimmed().str(), static_cast<int>(*seconds)});
    }
    if (pace.beats.empty() && times) report(Fault::pace, s.body, "This exercise has no parts.", std::string(kMend));
    tree_.add(std::move(pace), s.whole.span());
}

}  // namespace reweave::dialog
