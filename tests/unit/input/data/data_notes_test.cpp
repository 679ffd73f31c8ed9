// What a person would notice who opens the data: a header taken for an example, two spellings of a
// class, quotes that swallowed rows. Each is told as a warning, and nothing else changes.
#include "tests/unit/input/input_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <zlib.h>

namespace tarama::input {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// Twelve rows of each of two classes.
std::string rows(const std::string& separator,
                 const std::string& first,
                 const std::string& second) {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    text += fmt::format(
        "good film {}{}{}\nbad film {}{}{}\n", i, separator, first, i, separator, second);
  }
  return text;
}

class NotesOnData : public InputFolder {
 protected:
  [[nodiscard]] PrepareRequest request_of(const std::string& name, std::string_view bytes) const {
    write(name, bytes);
    PrepareRequest request = from_scratch();
    request.data.train = path(name);
    request.data.eval = 0.25;
    if (name.find("jsonl") != std::string::npos) {
      request.data.text = "text";
      request.data.label = "label";
    }
    return request;
  }

  [[nodiscard]] static std::vector<std::string> codes(const PrepareOutcome& outcome) {
    std::vector<std::string> codes;
    if (!outcome.prepared) {
      ADD_FAILURE() << outcome.problems.front().message;
      return codes;
    }
    for (const Warning& warning : outcome.prepared->warnings) {
      codes.push_back(warning.code);
    }
    return codes;
  }

  [[nodiscard]] std::vector<std::string> codes_of(const std::string& name,
                                                  std::string_view bytes) const {
    return codes(prepare(request_of(name, bytes)));
  }

  [[nodiscard]] std::string problem_of(const std::string& name, std::string_view bytes) const {
    const PrepareOutcome outcome = prepare(request_of(name, bytes));
    return outcome.problems.empty() ? "" : outcome.problems.front().message;
  }

  [[nodiscard]] std::vector<std::string> classes_of(const PrepareRequest& request) const {
    const PrepareOutcome outcome = prepare(request);
    EXPECT_TRUE(outcome.prepared) << outcome.problems.front().message;
    return outcome.prepared ? outcome.prepared->data->classes : std::vector<std::string>();
  }
};

TEST_F(NotesOnData, AreNoneWhereNothingIsOdd) {
  for (const char* const separator : {"\t", ","}) {
    const std::string name = *separator == ',' ? "train.csv" : "train.tsv";
    EXPECT_THAT(codes_of(name, rows(separator, "pos", "neg")), testing::IsEmpty());
    EXPECT_THAT(codes_of(name, rows(separator, "1", "0")), testing::IsEmpty());
  }
}

TEST_F(NotesOnData, TellOfAHeaderThatIsReadAsAnExample) {
  EXPECT_THAT(codes_of("train.csv", "text,label\n" + rows(",", "pos", "neg")),
              Contains("header_row"));
  EXPECT_THAT(codes_of("train.tsv", "Satz\tKlasse\n" + rows("\t", "1", "0")),
              Contains("header_row"));
  EXPECT_THAT(codes_of("train.tsv", "a good day\tnew\n" + rows("\t", "pos", "neg")),
              Not(Contains("header_row")));
}

TEST_F(NotesOnData, TellOfAnExampleThatIsReadAsAHeader) {
  PrepareRequest request = request_of("train.csv", rows(",", "pos", "neg"));
  request.data.header = true;

  EXPECT_THAT(codes(prepare(request)), Contains("header_row"));
}

TEST_F(NotesOnData, NameTheMissingHeaderWhereAnotherFileHasALabelOfItsName) {
  PrepareRequest request = request_of("train.csv", rows(",", "pos", "neg"));
  write("dev.csv", "text,label\ngood,pos\n");
  request.data.eval = path("dev.csv").string();

  EXPECT_THAT(prepare(request).problems.front().message, HasSubstr("`header: true` is missing"));
}

TEST_F(NotesOnData, TellOfClassesThatAreOneToPeople) {
  const auto is_told = [&](const std::string& other) {
    const std::string odd = rows("\t", "pos", "neg") + "x\t" + other + "\ny\t" + other + "\n";
    const auto found = codes_of("train.tsv", odd);
    return std::ranges::count(found, "similar_classes") == 1;
  };
  EXPECT_TRUE(is_told("neg "));
  EXPECT_TRUE(is_told("Neg"));
  EXPECT_TRUE(is_told("ne\u200Bg"));
  EXPECT_FALSE(is_told("negative"));
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "1", "0") + "x\t1.0\ny\t1.0\n"),
              Contains("similar_classes"));
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "caf\u00E9", "cafe\u0301")),
              Contains("similar_classes"));
}

TEST_F(NotesOnData, TellOfSignsThatAWordProcessorExchanged) {
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "-1", "\u22121")), Contains("similar_classes"));
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "don't", "don\u2019t")),
              Contains("similar_classes"));
}

TEST_F(NotesOnData, TellOfLabelsThatSayThatThereIsNone) {
  for (const char* const missing : {"nan", "NaN", "NULL", "None", "N/A", "<NA>"}) {
    EXPECT_THAT(codes_of("train.tsv", rows("\t", "1", "0") + "x\t" + missing + "\ny\t" + missing),
                Contains("missing_labels"))
        << missing;
  }
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "none", "some")), Not(Contains("missing_labels")));
}

TEST_F(NotesOnData, TellOfMeasurementsAsLabels) {
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "0.5", "0.7")), Contains("fractional_labels"));
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "1.0", "2.0")), Not(Contains("fractional_labels")));
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "v1.5", "v2.5")),
              Not(Contains("fractional_labels")));
}

TEST_F(NotesOnData, TellOfAClassWithOneExample) {
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "pos", "neg") + "x\todd\n"), Contains("rare_class"));
}

TEST_F(NotesOnData, TellOfAClassThatNearlyAllRowsHave) {
  const auto codes = [&](int rare) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      text += fmt::format("a film, the {}th\t{}\n", i, i < rare ? "neg" : "pos");
    }
    return codes_of("train.tsv", text);
  };

  EXPECT_THAT(codes(3), Contains("unbalanced_labels"));
  EXPECT_THAT(codes(8), Not(Contains("unbalanced_labels")));
}

TEST_F(NotesOnData, TellOfQuotesThatAProgramWrote) {
  std::string quoted;
  for (int i = 0; i < 12; ++i) {
    quoted += fmt::format("\"a \"\"good\"\" film {}\"\tpos\na bad film {}\tneg\n", i, i);
  }
  PrepareRequest request = request_of("train.tsv", quoted);
  EXPECT_THAT(codes(prepare(request)), Contains("quoted_texts"));
  request.data.quotes = Quotes::csv;
  EXPECT_THAT(codes(prepare(request)), testing::IsEmpty());
  EXPECT_THAT(codes_of("train.tsv", rows("\t", "pos", "neg") + "\"said so\"\tpos\n"),
              Not(Contains("quoted_texts")));
}

TEST_F(NotesOnData, QuotesAsInCsvMayHoldTabsAndLineEndsInATsv) {
  const std::string text = "\"a good\tfilm\nindeed\"\tpos\nbad\tneg\n";
  PrepareRequest request = request_of("train.tsv", text);
  request.data.eval = path("eval.tsv").string();
  request.data.quotes = Quotes::csv;
  EXPECT_EQ(prepare(request).prepared->data->train.examples(), 2);
  EXPECT_THAT(problem_of("train.tsv", "bad\tneg\n\"a good film\nindeed\"\tpos\n"),
              HasSubstr("`data: {quotes: csv}`"));
}

TEST_F(NotesOnData, TellOfAQuoteThatSwallowedRows) {
  const std::string all = rows(",", "pos", "neg");
  const std::string odd = all + "\"bad food,neg\ngood film,pos\nbad film\",neg\n";
  EXPECT_THAT(codes_of("train.csv", odd), Contains("long_quoted_field"));
  const std::string prose = all + "\"a film, and\nwhat a film, said he\nto her\",pos\n";
  EXPECT_THAT(codes_of("train.csv", prose), Not(Contains("long_quoted_field")));
}

TEST_F(NotesOnData, TellOfTextsThatAreNumbers) {
  std::string swapped;
  for (int i = 0; i < 12; ++i) {
    swapped += fmt::format("{}\tpos\n{}\tneg\n", i, i + 100);
  }
  EXPECT_THAT(codes_of("train.tsv", swapped), Contains("numeric_texts"));
}

TEST_F(NotesOnData, ComeFromTheCacheAsWell) {
  PrepareRequest request = request_of("train.tsv", rows("\t", "pos", "neg") + "x\tNeg\ny\tNeg\n");
  request.cache = path("cache");

  const auto first = prepare(request).prepared->warnings;

  EXPECT_EQ(prepare(request).prepared->warnings, first);
  EXPECT_EQ(first.size(), 1u);
}

TEST_F(NotesOnData, NumbersOfJsonAreTheirValues) {
  std::string lines;
  for (int i = 0; i < 6; ++i) {
    lines += R"({"text": "good", "label": 1.0})"
             "\n"
             R"({"text": "bad", "label": 0})"
             "\n";
    lines += R"({"text": "good", "label": 1})"
             "\n"
             R"({"text": "bad", "label": -0.0})"
             "\n";
  }
  EXPECT_EQ(classes_of(request_of("train.jsonl", lines)), (std::vector<std::string>{"0", "1"}));
  lines += R"({"text": "x", "label": 18446744073709551616})"
           "\n";
  lines += R"({"text": "x", "label": 18446744073709551617})"
           "\n";
  EXPECT_EQ(classes_of(request_of("train.jsonl", lines)).size(), 4u);
}

TEST_F(NotesOnData, OfJsonTellOfTruthValuesAndOfMixedTypes) {
  const auto of = [](const std::string& first, const std::string& second) {
    std::string lines;
    for (int i = 0; i < 6; ++i) {
      lines += fmt::format("{{\"text\": \"good\", \"label\": {}}}\n", first);
      lines += fmt::format("{{\"text\": \"bad\", \"label\": {}}}\n", second);
    }
    return lines;
  };
  EXPECT_THAT(codes_of("train.jsonl", of("true", "false")), Contains("boolean_labels"));
  EXPECT_THAT(codes_of("train.jsonl", of("1", "\"0\"")), Contains("mixed_labels"));
  EXPECT_THAT(codes_of("train.jsonl", of("0.5", "0.25")), Contains("fractional_labels"));
}

TEST_F(NotesOnData, NumbersBeyondAllAreAProblemWithALine) {
  EXPECT_THAT(
      problem_of(
          "train.jsonl",
          "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"x\": 1e400, \"label\": 0}\n"),
      HasSubstr("train.jsonl:2: the number 1e400 is beyond"));
}

TEST_F(NotesOnData, LineEndsOfCarriageReturnsAloneAreToldWithTheRemedy) {
  std::string text = rows("\t", "pos", "neg");
  std::ranges::replace(text, '\n', '\r');
  EXPECT_THAT(problem_of("train.tsv", text), HasSubstr("end at CR alone"));
  EXPECT_THAT(problem_of("train.tsv", text), HasSubstr("tr '\\r' '\\n'"));
}

TEST_F(NotesOnData, ALoneCarriageReturnMayEndAFile) {
  write("eval.csv", "good,pos\n\"bad\",\"neg\"\r");
  PrepareRequest request = request_of("train.csv", rows(",", "pos", "neg"));
  request.data.eval = path("eval.csv").string();

  EXPECT_EQ(prepare(request).problems, std::vector<Problem>{});
}

TEST_F(NotesOnData, OtherEncodingsAreReadWhereTheSweepNamesThem) {
  PrepareRequest request =
      request_of("train.tsv", rows("\t", "pos", "neg") + "caf\xE9 \x84gut\x93\tpos\n");
  EXPECT_THAT(codes(prepare(request)), Contains("invalid_utf8"));
  request.data.encoding = Encoding::latin_1;
  EXPECT_THAT(codes(prepare(request)), testing::IsEmpty());

  std::string wide = "\xFF\xFE";
  for (const char letter : rows("\t", "pos", "neg")) {
    wide += std::string(1, letter) + '\0';
  }
  EXPECT_THAT(problem_of("train.tsv", wide), HasSubstr("`data: {encoding: utf-16}`"));
  EXPECT_THAT(problem_of("train.tsv", wide.substr(2)), HasSubstr("is UTF-16"));
  request = request_of("train.tsv", wide);
  request.data.encoding = Encoding::utf_16;
  EXPECT_EQ(classes_of(request), (std::vector<std::string>{"neg", "pos"}));
}

TEST_F(NotesOnData, FilesThatGzipPackedAreRead) {
  const std::string text = rows("\t", "pos", "neg");
  const std::string name = path("train.tsv.gz").string();
  for (const char* const mode : {"wb", "ab"}) {  // two parts one behind the other
    const gzFile file = gzopen(name.c_str(), mode);
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
  }
  const std::string packed = read_file(name);

  PrepareRequest request = request_of("train.tsv.gz", packed);
  const PrepareOutcome outcome = prepare(request);
  ASSERT_TRUE(outcome.prepared) << outcome.problems.front().message;
  EXPECT_EQ(outcome.prepared->data->train.examples() + outcome.prepared->data->eval.examples(), 48);
  EXPECT_THAT(problem_of("train.tsv.gz", packed.substr(0, packed.size() / 4)),
              HasSubstr("cannot be unpacked: it is cut short"));
  EXPECT_THAT(problem_of("train.tsv.gz", packed.substr(0, 10) + std::string(20, '\xFF')),
              HasSubstr("cannot be unpacked"));
}

TEST_F(NotesOnData, SeveralFilesAreReadAsOne) {
  PrepareRequest request = request_of("train.tsv", "good film\tpos\ngood\tpos\n");
  write("more.csv", "bad film,neg\nbad,neg\n");
  request.data.more_train = {path("more.csv")};
  request.data.eval = path("eval.tsv").string();

  EXPECT_EQ(prepare(request).prepared->data->train.labels, (std::vector<std::int32_t>{1, 1, 0, 0}));
}

TEST_F(NotesOnData, FilesOfOtherProgramsAreToldByTheirKind) {
  EXPECT_THAT(problem_of("train.csv", "PK\x03\x04xl/workbook"), HasSubstr("as .xlsx of Excel is"));
  EXPECT_THAT(problem_of("train.csv", "PAR1\x15\x04"), HasSubstr("is Parquet; convert it with"));
  EXPECT_THAT(problem_of("train.csv", "<!DOCTYPE html>\n<html>"), HasSubstr("is a web page"));
  EXPECT_THAT(problem_of("train.csv", "good film;pos\nbad film;neg\n"),
              HasSubstr("the line seems to be split at semicolons"));
}

TEST_F(NotesOnData, AnEncodingThatTheBytesDoNotHaveIsRefused) {
  const auto said = [&](Encoding encoding, std::string_view bytes) {
    PrepareRequest request = request_of("train.csv", bytes);
    request.data.encoding = encoding;
    const PrepareOutcome outcome = prepare(request);
    return outcome.problems.empty() ? std::string() : outcome.problems.front().message;
  };
  const std::string accents = rows(",", "gut", "schlecht") + "caf\u00E9,gut\n";

  EXPECT_THAT(said(Encoding::latin_1, accents), HasSubstr("is UTF-8, not Latin-1"));
  EXPECT_THAT(said(Encoding::utf_16, accents), HasSubstr("is UTF-8, not UTF-16"));
  EXPECT_EQ(said(Encoding::latin_1, rows(",", "gut", "schlecht")), "");
  EXPECT_EQ(said(Encoding::latin_1, rows(",", "gut", "schlecht") + "caf\xE9,gut\n"), "");
}

/// Each byte of an ASCII text with zeros before and behind it.
std::string widened(std::string_view text, std::size_t before, std::size_t behind) {
  std::string wide;
  for (const char letter : text) {
    wide += std::string(before, '\0') + letter + std::string(behind, '\0');
  }
  return wide;
}

TEST_F(NotesOnData, Utf16WithoutAMarkIsReadInTheOrderOfItsZeros) {
  for (const bool is_big : {false, true}) {
    PrepareRequest request =
        request_of("train.csv", widened(rows(",", "pos", "neg"), is_big ? 1 : 0, is_big ? 0 : 1));
    request.data.encoding = Encoding::utf_16;
    EXPECT_EQ(classes_of(request), (std::vector<std::string>{"neg", "pos"})) << is_big;
  }
}

TEST_F(NotesOnData, Utf32IsSaidToBeSo) {
  EXPECT_THAT(problem_of("train.csv", widened(rows(",", "pos", "neg"), 0, 3)),
              HasSubstr("is UTF-32"));
  EXPECT_THAT(problem_of("train.tsv", std::string("\xFF\xFE\0\0a\0\0\0", 8)),
              HasSubstr("is UTF-32"));
}

TEST_F(NotesOnData, TheLineOfExcelThatNamesASeparatorIsSaid) {
  EXPECT_THAT(problem_of("train.csv", "sep=,\r\n" + rows(",", "pos", "neg")),
              HasSubstr("begins with Excel's line 'sep=...'"));
}

TEST_F(NotesOnData, JsonThatSaysAThingTwiceOrNotAtAllIsRefused) {
  EXPECT_THAT(problem_of("train.jsonl", R"({"text": "a", "text": "b", "label": "x"})"),
              HasSubstr(":1: the key 'text' stands there more than once"));
  EXPECT_THAT(problem_of("train.jsonl", R"({"text": "a", "label": NaN})"),
              HasSubstr(":1: NaN is no value of JSON"));
  EXPECT_THAT(problem_of("train.jsonl", R"({"text": "a", "label": "x", "score": -Infinity})"),
              HasSubstr(":1: Infinity is no value of JSON"));
  EXPECT_THAT(problem_of("train.jsonl",
                         "{\"id\": 1, \"id\": 2, \"text\": \"a\", \"label\": \"x\"}\n"
                         "{\"text\": \"b\", \"label\": \"y\"}\n"),
              Not(HasSubstr("id")));
}

}  // namespace
}  // namespace tarama::input
