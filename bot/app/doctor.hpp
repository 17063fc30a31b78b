#pragma once
/// \file `reweave doctor`: looks over an installation and says what is wrong and how to mend it. Changes nothing.

#include <functional>
#include <iosfwd>

#include "bot/app/config.hpp"

namespace reweave::app {

struct DoctorOptions {
    bool json = false;
};

/// `load` reads the settings; what it throws is the first finding. \return 1 if something is broken, 0 otherwise.
int doctor(const std::function<Config()>& load, const DoctorOptions& options, std::ostream& out);

}  // namespace reweave::app
