#pragma once
/// \file Catch2 2.13 (Debian 12) and 3.x (Debian 13) under one name. Tests use only macros that both have.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
