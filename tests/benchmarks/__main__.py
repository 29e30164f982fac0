"""Run every benchmark: `make bench`."""

from tests.benchmarks import contention, ledger, packs, submissions, uploads

for benchmark in (submissions, ledger, uploads, packs, contention):
    benchmark.main()
