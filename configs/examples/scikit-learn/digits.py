"""Trains a support vector classifier on scikit-learn's digits; the seed decides the split."""

import argparse
import json

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

parser = argparse.ArgumentParser()
parser.add_argument("--c", type=float, required=True)
parser.add_argument("--kernel", required=True)
parser.add_argument("--gamma", type=float, default=1e-3)
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()

images, labels = load_digits(return_X_y=True)
split = train_test_split(images, labels, test_size=0.3, random_state=args.seed)
train_images, test_images, train_labels, test_labels = split
model = SVC(C=args.c, kernel=args.kernel, gamma=args.gamma).fit(train_images, train_labels)
print(json.dumps({"accuracy": model.score(test_images, test_labels)}))
