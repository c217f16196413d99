#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "config/file_reference.h"
#include "config/key.h"
#include "config/nearest.h"
#include "config/secret_reference.h"
#include "config/units.h"

namespace octo::config {
namespace {

// One value on its way to a reading. Each function returns whether the value could be understood.
class Reader {
 public:
  Reader(const Key& key, const Value& value, const ReadContext& context, Problems& problems)
      : key_(key), value_(value), context_(context), problems_(problems) {}

  std::optional<Reading> Run() {
    if (!ReadAsType() || !CheckRange()) return std::nullopt;
    if (key_.refine != nullptr) key_.refine(reading_, context_, problems_);
    if (reading_.shown.empty()) reading_.shown = Shown();
    return std::move(reading_);
  }

 private:
  // A refined value in its final form, any other as it was written.
  std::string Shown() const {
    switch (key_.type) {
      case Type::kText:
      case Type::kPath:
        return Spell(reading_.text);
      case Type::kTexts:
      case Type::kKeys:
        return Spell(reading_.list);
      case Type::kInteger:
        return std::to_string(reading_.number);
      case Type::kSecret:
        return Spell(MaskedReference(std::get<std::string>(value_)));
      default:
        return Spell(value_);
    }
  }

  bool ReadAsType() {
    switch (key_.type) {
      case Type::kText:
        return ReadText();
      case Type::kTexts:
        return ReadTexts();
      case Type::kInteger:
        return ReadInteger();
      case Type::kBoolean:
        return ReadBoolean();
      case Type::kChoice:
        return ReadText() && ReadChoice();
      case Type::kSize:
        return ReadSize();
      case Type::kRate:
        return ReadText() && Take(ParseRate(reading_.text));
      case Type::kDuration:
        return ReadDuration();
      case Type::kSecret:
        return ReadText() && ReadSecret();
      case Type::kPath:
        return ReadText() && ReadPath();
      case Type::kKeys:
        return ReadTexts() && ReadKeys();
    }
    return false;
  }

  bool WrongType() {
    // A value from a secret's key is never repeated, whatever it is.
    problems_.push_back({Severity::kError,
                         fmt::format("must be {}, but is {}", DescribeType(key_), TypeName(value_)),
                         fmt::format("for example {} = {}", LastPart(), key_.example)});
    return false;
  }

  std::string_view LastPart() const { return key_.path.substr(key_.path.rfind('.') + 1); }

  bool ReadText() {
    const auto* text = std::get_if<std::string>(&value_);
    if (text == nullptr) return WrongType();
    reading_.text = *text;
    return key_.type == Type::kSecret || IsPrintable(*text);
  }

  // No key means a control character, and some would pass it on: to a header, to a command line.
  bool IsPrintable(const std::string& text) {
    const bool printable = std::ranges::none_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (!printable) problems_.push_back({Severity::kError, "holds a control character", {}});
    return printable;
  }

  bool ReadTexts() {
    if (const auto* text = std::get_if<std::string>(&value_)) {
      reading_.list = {*text};
    } else if (const auto* list = std::get_if<std::vector<std::string>>(&value_)) {
      reading_.list = *list;
    } else {
      return WrongType();
    }
    return std::ranges::all_of(reading_.list,
                               [&](const std::string& text) { return IsPrintable(text); });
  }

  bool ReadInteger() {
    if (const auto* number = std::get_if<int64_t>(&value_)) {
      reading_.number = *number;
      return true;
    }
    const auto* text = std::get_if<std::string>(&value_);
    if (text == nullptr || context_.from_file) return WrongType();
    const auto [end, error] =
        std::from_chars(text->data(), text->data() + text->size(), reading_.number);
    if (error != std::errc() || end != text->data() + text->size()) {
      problems_.push_back({Severity::kError,
                           fmt::format("must be {}, but is \"{}\"", DescribeType(key_), *text),
                           {}});
      return false;
    }
    return true;
  }

  bool ReadBoolean() {
    const auto* flag = std::get_if<bool>(&value_);
    if (flag == nullptr) return WrongType();
    reading_.flag = *flag;
    return true;
  }

  bool ReadChoice() {
    const auto choice = std::ranges::find(key_.choices, reading_.text);
    if (choice != key_.choices.end()) {
      reading_.number = choice - key_.choices.begin();
      return true;
    }
    const std::string nearest = Nearest(reading_.text, {key_.choices.begin(), key_.choices.end()});
    problems_.push_back(
        {Severity::kError,
         fmt::format("must be {}, but is \"{}\"", DescribeType(key_), reading_.text),
         nearest.empty() ? "" : fmt::format("did you mean \"{}\"?", nearest)});
    return false;
  }

  bool ReadSize() {
    if (const auto* number = std::get_if<int64_t>(&value_)) {
      reading_.number = *number;
      return true;
    }
    return ReadText() && Take(ParseSize(reading_.text));
  }

  bool ReadDuration() {
    if (const auto* number = std::get_if<int64_t>(&value_)) {
      problems_.push_back(
          {Severity::kError, "needs a unit", fmt::format("seconds are \"{}s\"", *number)});
      return false;
    }
    if (!ReadText()) return false;
    const auto duration = ParseDuration(reading_.text);
    return Take(duration ? std::optional<uint64_t>(duration->count()) : std::nullopt);
  }

  // Stores a number with a unit that was parsed.
  bool Take(std::optional<uint64_t> number) {
    if (!number) {
      problems_.push_back(
          {Severity::kError,
           fmt::format("must be {}, but is \"{}\"", DescribeType(key_), reading_.text),
           fmt::format("for example {}", key_.example)});
      return false;
    }
    reading_.number = static_cast<int64_t>(*number);
    return true;
  }

  bool ReadSecret() {
    reading_.secret = ResolveSecret(reading_.text, context_, problems_);
    reading_.text.clear();
    return true;
  }

  bool ReadPath() {
    std::string_view path = reading_.text;
    if (path.empty()) return true;
    for (const std::string_view prefix : {"env:", "command:"}) {
      if (!path.starts_with(prefix)) continue;
      problems_.push_back({Severity::kError,
                           fmt::format("must be a path, but begins with \"{}\"", prefix),
                           "keep it in a file, and write \"file:PATH\""});
      return false;
    }
    if (path.starts_with("file:")) path.remove_prefix(5);
    reading_.text = ResolvePath(path, context_);
    CheckFile(reading_.text, context_, problems_);
    return true;
  }

  bool ReadKeys() {
    for (std::string& place : reading_.list) {
      if (place.starts_with("file:")) {
        const std::string path = ResolvePath(std::string_view(place).substr(5), context_);
        if (CheckFile(path, context_, problems_) && HoldsOpenPgpSecretKey(path))
          CheckMode(path, false, problems_);
        place = "file:" + path;
      } else if (place.starts_with("gnupg:")) {
        place = "gnupg:" + GnupgHome(place.substr(6));
      } else {
        problems_.push_back({Severity::kError, fmt::format("\"{}\" is no place of keys", place),
                             "write \"file:PATH\", or \"gnupg:\" for your GnuPG home"});
      }
    }
    return true;
  }

  std::string GnupgHome(const std::string& home) {
    if (home.empty()) return context_.environment("GNUPGHOME").value_or("");
    std::string path = ResolvePath(home, context_);
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      problems_.push_back({Severity::kError, fmt::format("there is no GnuPG home {}", path),
                           "\"gnupg:\" alone is your own"});
    }
    return path;
  }

  bool CheckRange() {
    if (reading_.number >= key_.smallest && reading_.number <= key_.largest) return true;
    problems_.push_back(
        {Severity::kError, fmt::format("must be {}, but is {}", DescribeType(key_), Shown()), {}});
    return false;
  }

  const Key& key_;
  const Value& value_;
  const ReadContext& context_;
  Problems& problems_;
  Reading reading_;
};

std::string TypeWord(const Key& key) {
  switch (key.type) {
    case Type::kText:
      return "a text";
    case Type::kTexts:
      return "a list of texts";
    case Type::kInteger:
      return "an integer";
    case Type::kBoolean:
      return "true or false";
    case Type::kChoice:
      return fmt::format("one of \"{}\"", fmt::join(key.choices, "\", \""));
    case Type::kSize:
      return "a size";
    case Type::kRate:
      return "a rate, or \"unlimited\"";
    case Type::kDuration:
      return "a duration";
    case Type::kSecret:
      return "a secret's reference";
    case Type::kPath:
      return "the path of a file";
    case Type::kKeys:
      return "a list of places of keys";
  }
  return {};
}

std::string FormatNumber(const Key& key, int64_t number) {
  if (key.type == Type::kSize) return FormatSize(static_cast<uint64_t>(number));
  if (key.type == Type::kDuration) return FormatDuration(std::chrono::seconds(number));
  return std::to_string(number);
}

}  // namespace

std::optional<Reading> Read(const Key& key, const Value& value, const ReadContext& context,
                            Problems& problems) {
  return Reader(key, value, context, problems).Run();
}

std::string DescribeType(const Key& key) {
  std::string text = TypeWord(key);
  const bool ranged =
      key.type == Type::kInteger || key.type == Type::kSize || key.type == Type::kDuration;
  if (!ranged) return text;
  const bool bounded = key.largest != std::numeric_limits<int64_t>::max();
  if (bounded)
    return fmt::format("{} from {} to {}", text, FormatNumber(key, key.smallest),
                       FormatNumber(key, key.largest));
  return key.smallest == 0
             ? text
             : fmt::format("{} of at least {}", text, FormatNumber(key, key.smallest));
}

}  // namespace octo::config
