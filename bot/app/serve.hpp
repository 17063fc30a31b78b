#pragma once
/// \file `reweave serve`: everything wired together, until a signal ends it.

#include "bot/app/config.hpp"

namespace reweave::app {

/// Runs the bot. SIGTERM and SIGINT end it gently, SIGHUP reads scripts and certificate again.
/// \return the exit code. \throws with one sentence for the operator if it cannot start.
int serve(const Config& config);

}  // namespace reweave::app
