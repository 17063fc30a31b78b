#include "adapters/common/wording.hpp"

namespace reweave::text {
namespace {

constexpr Wording kEnglish{
    .someone = "Someone",
    .call = "call",
    .text = "text",
    .web = "web",
    .hours = "hours",
    .beat = "%1 for %2 seconds",
    .pace = "%1 times, about %2 minutes in all",
    .pace_one = "%1 times, about a minute in all",
    .scale = "%1 to %2",
    .or_else = ", or \"%1\"",
    .several = "up to %1, with commas",
    .invite = "An invitation for one other person.",
    .invite_n = "Invitations for up to %1 others.",
    .write = "Write",
    .choose = "Choose",
    .skip = "Skip",
    .that_is_it = "That's it",
    .answer = "Your answer",
    .browser = "Go on in my browser",
    .direct = "Go on in a direct message",
    .notices = "Write to me when something waits",
    .quiet = "No more direct messages",
    .take_part = "Take part",
    .here = "Yes, here",
    .send_file = "Send it here",
    .erase_all = "Erase everything",
    .only_you = "Only for you and this bot",
    .all_read = "Everyone in the talk reads this",
};
constexpr Wording kSpanish{
    .someone = "Alguien",
    .call = "llamar",
    .text = "mensaje",
    .web = "web",
    .hours = "horario",
    .beat = "%1 durante %2 segundos",
    .pace = "%1 veces, unos %2 minutos en total",
    .pace_one = "%1 veces, un minuto más o menos en total",
    .scale = "de %1 a %2",
    .or_else = ", o «%1»",
    .several = "hasta %1, separadas por comas",
    .invite = "Una invitación para otra persona.",
    .invite_n = "Invitaciones para %1 personas más como máximo.",
    .write = "Escribir",
    .choose = "Elegir",
    .skip = "Omitir",
    .that_is_it = "Eso es",
    .answer = "Tu respuesta",
    .browser = "Seguir en mi navegador",
    .direct = "Seguir por mensaje directo",
    .notices = "Avísame cuando algo me espere",
    .quiet = "No más mensajes directos",
    .take_part = "Participar",
    .here = "Sí, aquí",
    .send_file = "Enviarlo aquí",
    .erase_all = "Borrar todo",
    .only_you = "Solo para ti y este bot",
    .all_read = "Lo leen todas las personas de la charla",
};

}  // namespace

const Wording& wording(std::string_view language) {
    const std::string_view primary = language.substr(0, language.find('-'));
    return primary == "es" ? kSpanish : kEnglish;
}

std::string filled(std::string_view pattern, std::string_view first, std::string_view second) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const std::string_view sign = pattern.substr(i, 2);
        if (sign == "%1" || sign == "%2") {
            out += sign == "%1" ? first : second;
            ++i;
        } else {
            out += pattern[i];
        }
    }
    return out;
}

}  // namespace reweave::text
