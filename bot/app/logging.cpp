#include "bot/app/logging.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace reweave::app {
namespace {

constexpr std::size_t kQueuedLines = 2048;

spdlog::logger& logger() {
    return *spdlog::default_logger_raw();
}

}  // namespace

void start_logging(const std::filesystem::path& file, const std::string& level) {
    spdlog::sink_ptr sink;
    try {
        if (file.empty()) {
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        } else {
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
        }
    } catch (const spdlog::spdlog_ex&) {
        throw std::runtime_error("cannot write the log file " + file.string() + " (key log.file)");
    }
    spdlog::init_thread_pool(kQueuedLines, 1);
    auto made = std::make_shared<spdlog::async_logger>(
        "reweave", std::move(sink), spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::from_str(level));
    made->flush_on(spdlog::level::info);  // few lines, and those before a crash matter most
    spdlog::set_default_logger(std::move(made));
}

void stop_logging() {
    spdlog::shutdown();
}

void log_error(const std::string& line) {
    logger().error("{}", line);
}
void log_warning(const std::string& line) {
    logger().warn("{}", line);
}
void log_info(const std::string& line) {
    logger().info("{}", line);
}

}  // namespace reweave::app
