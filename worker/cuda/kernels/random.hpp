// The masks of dropout: Philox4x32-10 by counter, the same bits as core/training/philox.hpp makes.
#pragma once

#include "worker/cuda/kernels/portable.hpp"

namespace tarama::cuda {

/// As tarama::Place has them, which tests hold it to.
enum class DropPlace : Word {
  embeddings = 4,
  attention = 5,
  attention_output = 6,
  feed_forward = 7,
  classifier = 8,
};

/// What a kernel drops by. A threshold of 0 keeps everything.
struct Dropout {
  Word threshold;
  float scale;  // of what is kept; multiplied in float32 under any precision
  DropPlace place;
  Int32 layer;
};

/// The row of elements that a thread draws for.
struct MaskRow {
  Word key[2];
  Word counter[3];  // the words 1 to 3 of the counter
};

TARAMA_DEVICE MaskRow
mask_row(const Word* key, Word step, const Dropout& dropout, Int32 example, Int32 index) {
  return {{key[0], key[1]},
          {static_cast<Word>(example) << 16 | static_cast<Word>(index),
           step,
           static_cast<Word>(dropout.place) << 16 | static_cast<Word>(dropout.layer)}};
}

struct FourWords {
  Word word[4];
};

TARAMA_DEVICE Word high_product(Word a, Word b) {
#if TARAMA_CUDA
  return __umulhi(a, b);
#else
  return static_cast<Word>((static_cast<unsigned long long>(a) * b) >> 32);
#endif
}

TARAMA_DEVICE FourWords philox(const MaskRow& row, Word block) {
  constexpr Word multiplier_0 = 0xD2511F53U;
  constexpr Word multiplier_1 = 0xCD9E8D57U;
  Word key_0 = row.key[0];
  Word key_1 = row.key[1];
  Word c0 = block;
  Word c1 = row.counter[0];
  Word c2 = row.counter[1];
  Word c3 = row.counter[2];
  for (int round = 0; round < 10; ++round) {
    const Word high_0 = high_product(multiplier_0, c0);
    const Word low_0 = multiplier_0 * c0;
    const Word high_1 = high_product(multiplier_1, c2);
    const Word low_1 = multiplier_1 * c2;
    c0 = high_1 ^ c1 ^ key_0;
    c1 = low_1;
    c2 = high_0 ^ c3 ^ key_1;
    c3 = low_0;
    key_0 += 0x9E3779B9U;
    key_1 += 0xBB67AE85U;
  }
  return {{c0, c1, c2, c3}};
}

/// The block that element `element` of a row is drawn in, and its word there.
TARAMA_DEVICE Word block_of(Int64 element) {
  return static_cast<Word>(16 * (element / 64) + element % 16);
}

TARAMA_DEVICE Int32 word_of(Int64 element) {
  return static_cast<Int32>((element / 16) % 4);
}

TARAMA_DEVICE float keep_factor(const Dropout& dropout, const FourWords& words, Int32 word) {
  // Not by an index: words would have to lie in memory where it is not known.
  const Word low = word == 0 ? words.word[0] : words.word[1];
  const Word high = word == 2 ? words.word[2] : words.word[3];
  return (word < 2 ? low : high) >= dropout.threshold ? dropout.scale : 0.0F;
}

/// The factor of one element, by a draw of its own.
TARAMA_DEVICE float keep_factor_at(const Dropout& dropout, const MaskRow& row, Int64 element) {
  if (dropout.threshold == 0) {
    return dropout.scale;
  }
  return keep_factor(dropout, philox(row, block_of(element)), word_of(element));
}

}  // namespace tarama::cuda
