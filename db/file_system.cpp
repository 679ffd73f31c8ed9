// The known network file systems. What is not listed is let through: opening the database tests
// whether memory can be shared, which is what 9p and odd FUSE mounts fail.
#include "db/file_system.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace tarama::db {

namespace {

struct KnownType {
  long type;
  std::string_view name;
};

// Numbers of linux/magic.h and of the kernel's own sources, for those that it does not export.
constexpr std::array<KnownType, 11> network_types = {{{0x6969, "NFS"},
                                                      {0x517b, "SMB"},
                                                      {0xfe534d42, "SMB"},
                                                      {0xff534d42, "CIFS"},
                                                      {0x5346414f, "AFS"},
                                                      {0x00c36400, "Ceph"},
                                                      {0x0bd00bd0, "Lustre"},
                                                      {0x47504653, "GPFS"},
                                                      {0x73757245, "Coda"},
                                                      {0x19830326, "BeeGFS"},
                                                      {0xaad7aaea, "PanFS"}}};

constexpr long fuse_type = 0x65735546;

constexpr std::array<std::string_view, 14> network_fuse = {"fuse.sshfs",
                                                           "fuse.rclone",
                                                           "fuse.s3fs",
                                                           "fuse.goofys",
                                                           "fuse.gcsfuse",
                                                           "fuse.blobfuse",
                                                           "fuse.blobfuse2",
                                                           "fuse.glusterfs",
                                                           "fuse.ceph-fuse",
                                                           "fuse.davfs",
                                                           "fuse.curlftpfs",
                                                           "fuse.mount-s3",
                                                           "fuse.juicefs",
                                                           "fuse.google-drive-ocamlfuse"};

std::string reason(std::string_view name) {
  return fmt::format(
      "is on {}, a network file system, on which neither the store's lock nor "
      "SQLite's write-ahead log can be relied on",
      name);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::optional<std::string> why_unfit_for_store(long type, std::string_view mount_type) {
  // The kernel's numbers have 32 bits; f_type sign-extends some of them.
  const auto plain = static_cast<unsigned long>(type) & 0xffffffffUL;
  const auto known = std::ranges::find_if(network_types, [plain](const KnownType& one) {
    return static_cast<unsigned long>(one.type) == plain;
  });
  if (known != network_types.end()) {
    return reason(known->name);
  }
  if (plain == fuse_type && std::ranges::find(network_fuse, mount_type) != network_fuse.end()) {
    return reason(mount_type);
  }
  return std::nullopt;
}

std::optional<std::string> why_unfit_for_store(const std::filesystem::path& folder) {
  struct statfs system {};

  struct stat status {};

  if (::statfs(folder.c_str(), &system) != 0 || ::stat(folder.c_str(), &status) != 0) {
    return std::nullopt;  // whatever is wrong shows when the database is opened
  }
  const std::string mount_type =
      mount_type_of(text_of("/proc/self/mountinfo"), major(status.st_dev), minor(status.st_dev));
  return why_unfit_for_store(static_cast<long>(system.f_type), mount_type);
}

std::string mount_type_of(std::string_view mountinfo, unsigned major, unsigned minor) {
  // "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": the third field is the
  // device, the type follows the lone dash.
  const std::string device = fmt::format("{}:{}", major, minor);
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string id;
    std::string parent;
    std::string number;
    fields >> id >> parent >> number;
    if (number != device) {
      continue;
    }
    std::string field;
    while (fields >> field && field != "-") {
    }
    fields >> field;
    return field;
  }
  return {};
}

}  // namespace tarama::db
