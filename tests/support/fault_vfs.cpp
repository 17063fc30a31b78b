#include "tests/support/fault_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <stdexcept>

namespace reweave::test {

namespace {

std::atomic<int> until_fault{0};  // 0: off
std::atomic<int> fault_code{SQLITE_OK};
std::atomic<bool> fault_lasts{false};
std::atomic<bool> fault_fired{false};

/// Called before each change of a file.
int change() {
    if (fault_lasts && fault_fired) return fault_code;
    int left = until_fault.load();
    while (left > 0 && !until_fault.compare_exchange_weak(left, left - 1)) {
    }
    if (left != 1) return SQLITE_OK;
    fault_fired = true;
    return fault_code;
}

struct File {
    sqlite3_file base;
    sqlite3_file* real;  // its memory follows
};

sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<File*>(file)->real;
}

int close(sqlite3_file* f) {
    return real(f)->pMethods->xClose(real(f));
}
int read(sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
    return real(f)->pMethods->xRead(real(f), data, size, at);
}
int write(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
    const int fault = change();
    return fault != SQLITE_OK ? fault : real(f)->pMethods->xWrite(real(f), data, size, at);
}
int truncate(sqlite3_file* f, sqlite3_int64 size) {
    const int fault = change();
    return fault != SQLITE_OK ? fault : real(f)->pMethods->xTruncate(real(f), size);
}
int sync(sqlite3_file* f, int flags) {
    const int fault = change();
    return fault != SQLITE_OK ? fault : real(f)->pMethods->xSync(real(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) {
    return real(f)->pMethods->xFileSize(real(f), size);
}
int lock(sqlite3_file* f, int level) {
    return real(f)->pMethods->xLock(real(f), level);
}
int unlock(sqlite3_file* f, int level) {
    return real(f)->pMethods->xUnlock(real(f), level);
}
int check_reserved(sqlite3_file* f, int* out) {
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int control(sqlite3_file* f, int op, void* argument) {
    return real(f)->pMethods->xFileControl(real(f), op, argument);
}
int sector_size(sqlite3_file* f) {
    return real(f)->pMethods->xSectorSize(real(f));
}
int characteristics(sqlite3_file* f) {
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int count, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
}
void shm_barrier(sqlite3_file* f) {
    real(f)->pMethods->xShmBarrier(real(f));
}
int shm_unmap(sqlite3_file* f, int remove) {
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

constexpr sqlite3_io_methods kMethods{2,
                                      close,
                                      read,
                                      write,
                                      truncate,
                                      sync,
                                      file_size,
                                      lock,
                                      unlock,
                                      check_reserved,
                                      control,
                                      sector_size,
                                      characteristics,
                                      shm_map,
                                      shm_lock,
                                      shm_barrier,
                                      shm_unmap,
                                      nullptr,
                                      nullptr};

sqlite3_vfs* real(sqlite3_vfs* vfs) {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* f, int flags, int* out_flags) {
    auto* file = new (f) File{};
    file->real = reinterpret_cast<sqlite3_file*>(file + 1);
    const bool creates = (flags & SQLITE_OPEN_CREATE) != 0;
    const int fault = creates ? change() : SQLITE_OK;
    if (fault == SQLITE_FULL) {  // as the system says it when there is no room for a new file
        errno = ENOSPC;
        return SQLITE_CANTOPEN;
    }
    if (fault != SQLITE_OK) return fault;
    const int code = real(vfs)->xOpen(real(vfs), name, file->real, flags, out_flags);
    if (file->real->pMethods != nullptr) file->base.pMethods = &kMethods;
    return code;
}
int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    const int fault = change();
    return fault != SQLITE_OK ? fault : real(vfs)->xDelete(real(vfs), name, sync_folder);
}

sqlite3_vfs fault_vfs;

}  // namespace

FaultVfs::FaultVfs() {
    sqlite3_vfs* usual = sqlite3_vfs_find(nullptr);
    fault_vfs = *usual;
    fault_vfs.szOsFile = static_cast<int>(sizeof(File)) + usual->szOsFile;
    fault_vfs.pNext = nullptr;
    fault_vfs.zName = kName;
    fault_vfs.pAppData = usual;
    fault_vfs.xOpen = open;
    fault_vfs.xDelete = remove;
    if (sqlite3_vfs_register(&fault_vfs, 0) != SQLITE_OK) throw std::runtime_error("the fault VFS was refused");
}

FaultVfs::~FaultVfs() {
    disarm();
    sqlite3_vfs_unregister(&fault_vfs);
}

void FaultVfs::arm(int nth, int code, bool lasting) {
    fault_fired = false;
    fault_code = code;
    fault_lasts = lasting;
    until_fault = nth;
}

void FaultVfs::disarm() {
    until_fault = 0;
    fault_lasts = false;
}

bool FaultVfs::fired() const {
    return fault_fired;
}

}  // namespace reweave::test
