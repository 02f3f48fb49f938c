"""A backtest: a small model learns which way a price will go, and is asked what it would have earned."""
import math

import torch
from torch import nn

WINDOW = 5


def prices(symbol, days=60):
    """Prices that look like some, the same for a symbol each time."""
    phase = sum(map(ord, symbol))
    return torch.tensor([100 + day / 10 + 5 * math.sin(day / 4 + phase) for day in range(days)])


def run(order, stopped):
    """What a strategy trained for some epochs earns, unless it is stopped before."""
    torch.manual_seed(7)
    moves = prices(order["symbol"]).diff()
    seen = moves[:-1].unfold(0, WINDOW, 1)
    next_move = moves[WINDOW:]
    model = nn.Sequential(nn.Linear(WINDOW, 8), nn.Tanh(), nn.Linear(8, 1))
    for _ in range(int(order.get("epochs", 50))):
        if stopped():
            return None
        loss = nn.functional.mse_loss(model(seen).squeeze(1), next_move)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for weights in model.parameters():
                weights -= 0.05 * weights.grad
    with torch.no_grad():
        position = model(seen).squeeze(1).sign()
    return {"profit": round(float((position * next_move).sum()), 2), "torch": torch.__version__}
