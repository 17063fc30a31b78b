/// \file The encryption engine of a build without one: it cannot be made.
#include "adapters/matrix/e2ee/reweave_e2ee.h"

reweave_e2ee* reweave_e2ee_new() {
    return nullptr;
}

char* reweave_e2ee_call(reweave_e2ee*, const char*, const char*) {
    return nullptr;
}

void reweave_e2ee_free_text(char*) {}

void reweave_e2ee_free(reweave_e2ee*) {}
