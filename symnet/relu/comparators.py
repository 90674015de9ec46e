"""Sorting by comparison, in ReLU units.

min(a, b) = a − relu(a − b),    max(a, b) = b + relu(a − b),    a = relu(a) − relu(−a)
"""

from symnet.relu.network import ReluNetwork


def two_input_sorter() -> ReluNetwork:
    """The worksheet's five units: out = (min, max) of two real numbers.

    m_1 = relu(-x_1), m_2 = relu(x_1), m_3 = relu(x_1 - x_2), m_4 = relu(x_2), m_5 = relu(-x_2), all biases 0.
    """
    hidden = [[-1, 0], [1, 0], [1, -1], [0, 1], [0, -1]]
    output = [[-1, 1, -1, 0, 0], [0, 0, 1, 1, -1]]
    return ReluNetwork([(hidden, [0] * 5), (output, [0] * 2)])
