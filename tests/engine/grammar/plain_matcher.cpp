#include "tests/engine/grammar/plain_matcher.h"

namespace suan::engine {
namespace {

using Part = PlainGrammar::Part;

std::string random_letters(std::mt19937& random, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += static_cast<char>('a' + random() % 4);
  return text;
}

size_t size_of_character(char first) {
  const auto lead = static_cast<unsigned char>(first);
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

PlainGrammar PlainGrammar::random(std::mt19937& random) {
  PlainGrammar grammar;
  const size_t rules = 1 + random() % 4;
  for (size_t rule = 0; rule < rules; ++rule)
    grammar.rules_.push_back(random_part(random, 3, rule, rules));
  return grammar;
}

/// At a rule's beginning only later rules are called; after a letter, any. So nothing begins with
/// itself, whatever may be empty.
Part PlainGrammar::random_part(std::mt19937& random, int depth, size_t rule, size_t rules) {
  Part part;
  const unsigned kind = depth == 0 ? random() % 2 : random() % 7;
  switch (kind) {
    case 0:
      part.kind = Part::Kind::Text;
      part.text = random_letters(random, random() % 3);
      return part;
    case 1:
      part.kind = Part::Kind::Class;
      part.text = random_letters(random, 1 + random() % 2);
      part.is_negated = random() % 3 == 0;
      return part;
    case 2:
      part.kind = Part::Kind::Choice;
      for (size_t i = 0; i < 2 + random() % 2; ++i)
        part.parts.push_back(random_part(random, depth - 1, rule, rules));
      return part;
    case 3: {
      part.kind = Part::Kind::Repeat;
      part.low = random() % 3;
      part.high = random() % 2 == 0 ? kMany : part.low + random() % 3;
      part.parts.push_back(random_part(random, depth - 1, rule, rules));
      return part;
    }
    case 4:
      if (rule + 1 < rules) {
        part.kind = Part::Kind::Rule;
        part.rule = rule + 1 + random() % (rules - rule - 1);
        return part;
      }
      [[fallthrough]];
    default:
      part.kind = Part::Kind::Sequence;
      if (random() % 2 == 0) {
        part.parts.push_back({.kind = Part::Kind::Text, .text = random_letters(random, 1)});
        part.parts.push_back(random_later_part(random, depth - 1, rules));
      }
      part.parts.push_back(random_part(random, depth - 1, rule, rules));
      if (random() % 2 == 0) {
        part.parts.push_back(random_part(random, depth - 1, rule, rules));
      }
      return part;
  }
}

Part PlainGrammar::random_later_part(std::mt19937& random, int depth, size_t rules) {
  if (random() % 2 == 0) {
    // The alternative lets recursion end.
    Part call{.kind = Part::Kind::Rule};
    call.rule = random() % rules;
    Part end{.kind = Part::Kind::Text, .text = random_letters(random, random() % 2)};
    Part choice{.kind = Part::Kind::Choice};
    choice.parts = {call, end};
    return choice;
  }
  return random_part(random, depth, rules, rules);
}

std::string PlainGrammar::gbnf() const {
  std::string text;
  for (size_t i = 0; i < rules_.size(); ++i) {
    text += i == 0 ? "root" : "r" + std::to_string(i);
    text += " ::= ";
    write(rules_[i], text);
    text += '\n';
  }
  return text;
}

void PlainGrammar::write(const Part& part, std::string& text) const {
  switch (part.kind) {
    case Part::Kind::Text:
      text += '"' + part.text + '"';
      return;
    case Part::Kind::Class:
      text += (part.is_negated ? "[^" : "[") + part.text + ']';
      return;
    case Part::Kind::Rule:
      text += part.rule == 0 ? "root" : "r" + std::to_string(part.rule);
      return;
    case Part::Kind::Repeat:
      text += '(';
      write(part.parts.front(), text);
      text += "){" + std::to_string(part.low) + ',';
      if (part.high != kMany) text += std::to_string(part.high);
      text += '}';
      return;
    case Part::Kind::Sequence:
    case Part::Kind::Choice:
      text += '(';
      for (size_t i = 0; i < part.parts.size(); ++i) {
        if (i > 0) text += part.kind == Part::Kind::Choice ? " | " : " ";
        write(part.parts[i], text);
      }
      text += ')';
      return;
  }
}

bool PlainGrammar::fits(std::string_view text) const {
  Memory memory;
  return ends({.kind = Part::Kind::Rule}, text, 0, memory).contains(text.size());
}

PlainGrammar::Ends PlainGrammar::ends(const Part& part,
                                      std::string_view text,
                                      size_t begin,
                                      Memory& memory) const {
  Ends found;
  switch (part.kind) {
    case Part::Kind::Text:
      if (text.substr(begin).starts_with(part.text)) found.insert(begin + part.text.size());
      return found;
    case Part::Kind::Class:
      if (begin < text.size() &&
          (part.text.find(text[begin]) != std::string::npos) != part.is_negated) {
        found.insert(begin + size_of_character(text[begin]));
      }
      return found;
    case Part::Kind::Rule: {
      const auto key = std::make_pair(part.rule, begin);
      if (!memory.contains(key)) memory[key] = ends(rules_[part.rule], text, begin, memory);
      return memory[key];
    }
    case Part::Kind::Choice:
      for (const Part& one : part.parts)
        found.merge(ends(one, text, begin, memory));
      return found;
    case Part::Kind::Sequence:
      found = {begin};
      for (const Part& one : part.parts) {
        Ends next;
        for (const size_t at : found)
          next.merge(ends(one, text, at, memory));
        found = next;
      }
      return found;
    case Part::Kind::Repeat: {
      Ends now{begin};
      for (unsigned count = 0; !now.empty(); ++count) {
        const size_t before = found.size();
        if (count >= part.low) found.insert(now.begin(), now.end());
        if (count == part.high || (count > part.low && found.size() == before)) break;
        Ends next;
        for (const size_t at : now)
          next.merge(ends(part.parts.front(), text, at, memory));
        now = next;
      }
      return found;
    }
  }
  return found;
}

}  // namespace suan::engine
