"""What making a paper costs: reading the bank, then the demo's blueprint with several seeds."""

from __future__ import annotations

import argparse

from support.common import BANK, TEMPLATE, here, median, seconds, show
from trainer.bank.reader import read_bank
from trainer.papers.files import read_blueprint
from trainer.workflow.papers import paper_from_bank


def main() -> None:
    parser = argparse.ArgumentParser(description="组卷要多少时间：读题库，按示例蓝图用几个种子各组一次卷。")
    parser.add_argument("--seeds", type=int, default=5, help="用几个种子（默认 5）")
    asked = parser.parse_args()
    blueprint = read_blueprint(TEMPLATE / "blueprints" / "leitai.yaml")
    paper_from_bank(BANK, blueprint, "warm-up")  # the solver's import is start-up, not assembly
    reading = median([here(lambda: read_bank(BANK)) for _ in range(3)])
    costs = {}
    for seed in range(1, asked.seeds + 1):
        costs[f"读题库并组卷，种子 {seed}"] = here(lambda s=seed: paper_from_bank(BANK, blueprint, str(s)))
    rows = [["其中读题库（3 次的中位数）", reading]]
    rows = [[name, cost] for name, cost in costs.items()] + [["中位数", median(list(costs.values()))]] + rows
    title = f"组卷：{blueprint.forms} 份平行卷，每份 {sum(s.count for s in blueprint.sections)} 题，题库 {len(read_bank(BANK).eligible())} 题"
    show(title, ("做什么", "CPU", "实际用时"), [[name, seconds(c.cpu), seconds(c.wall)] for name, c in rows])


if __name__ == "__main__":
    main()
