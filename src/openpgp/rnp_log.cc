#include "openpgp/rnp_log.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <span>
#include <string_view>

#include "base/log.h"

namespace octo::openpgp {
namespace {

#if defined(__x86_64__)
constexpr uint64_t kAddressOfSymbol = R_X86_64_GLOB_DAT;
#elif defined(__aarch64__)
constexpr uint64_t kAddressOfSymbol = R_AARCH64_GLOB_DAT;
#else
constexpr uint64_t kAddressOfSymbol = UINT64_MAX;
#endif

std::FILE* rnp_stream = nullptr;

ssize_t WriteToLog(void* /*cookie*/, const char* text, size_t bytes) {
  std::string_view line(text, bytes);
  while (line.ends_with('\n')) line.remove_suffix(1);
  if (!line.empty()) log::Debug("rnp: {}", line);
  return static_cast<ssize_t>(bytes);
}

// The tables of a loaded library that say which addresses it was given for its symbols.
struct Tables {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  std::span<const ElfW(Rela)> relocations;
};

Tables FindTables(const dl_phdr_info& library) {
  Tables tables;
  const ElfW(Rela)* relocations = nullptr;
  size_t relocation_bytes = 0;
  for (const auto& header : std::span(library.dlpi_phdr, library.dlpi_phnum)) {
    if (header.p_type != PT_DYNAMIC) continue;
    for (const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(library.dlpi_addr + header.p_vaddr);
         entry->d_tag != DT_NULL; ++entry) {
      const auto address = entry->d_un.d_ptr;
      if (entry->d_tag == DT_SYMTAB) tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address);
      if (entry->d_tag == DT_STRTAB) tables.names = reinterpret_cast<const char*>(address);
      if (entry->d_tag == DT_RELA) relocations = reinterpret_cast<const ElfW(Rela)*>(address);
      if (entry->d_tag == DT_RELASZ) relocation_bytes = entry->d_un.d_val;
    }
  }
  if (relocations != nullptr)
    tables.relocations = {relocations, relocation_bytes / sizeof(ElfW(Rela))};
  return tables;
}

void PointElsewhere(void** slot, void* target) {
  const auto page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  void* const page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(slot) & ~(page_bytes - 1));
  if (mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return;
  *slot = target;
  mprotect(page, page_bytes, PROT_READ);  // as the loader leaves it
}

int VisitLibrary(dl_phdr_info* library, size_t /*size*/, void* /*data*/) {
  if (std::string_view(library->dlpi_name).find("/librnp.so") == std::string_view::npos) return 0;
  const Tables tables = FindTables(*library);
  if (tables.symbols == nullptr || tables.names == nullptr) return 1;
  for (const auto& relocation : tables.relocations) {
    const auto& symbol = tables.symbols[ELF64_R_SYM(relocation.r_info)];
    if (ELF64_R_TYPE(relocation.r_info) == kAddressOfSymbol &&
        std::strcmp(tables.names + symbol.st_name, "stderr") == 0) {
      PointElsewhere(reinterpret_cast<void**>(library->dlpi_addr + relocation.r_offset),
                     &rnp_stream);
    }
  }
  return 1;
}

}  // namespace

void KeepRnpQuiet() {
  static std::once_flag once;
  std::call_once(once, [] {
    rnp_stream = fopencookie(
        nullptr, "w", {.read = nullptr, .write = WriteToLog, .seek = nullptr, .close = nullptr});
    if (rnp_stream == nullptr) return;
    std::setvbuf(rnp_stream, nullptr, _IOLBF, BUFSIZ);
    dl_iterate_phdr(VisitLibrary, nullptr);
  });
}

}  // namespace octo::openpgp
