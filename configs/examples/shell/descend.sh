#!/bin/sh
# Gradient descent on x^2 + 10 y^2 from a random start: 60 steps, each a line of JSON. Where it blows up it
# says so by NaN and leaves: that is a finding about the rate, and no failure of the script.
rate=0.1
momentum=0
seed=1
while [ $# -gt 1 ]; do
  case $1 in
  --rate) rate=$2 ;;
  --momentum) momentum=$2 ;;
  --seed) seed=$2 ;;
  *) echo "unknown argument $1" >&2 && exit 2 ;;
  esac
  shift 2
done

exec awk -v rate="$rate" -v momentum="$momentum" -v seed="$seed" 'BEGIN {
  srand(seed)
  x = 4 + rand(); y = 1 + rand()
  for (step = 0; step < 60; ++step) {
    printf "{\"step\": %d, \"loss\": %.6g}\n", step, x * x + 10 * y * y
    dx = momentum * dx - rate * 2 * x; dy = momentum * dy - rate * 20 * y
    x += dx; y += dy
    if (x * x + y * y > 1e12) { printf "{\"step\": %d, \"loss\": NaN}\n", step + 1; exit }
  }
}'
