"""The layers, one record each: sizes, output shape, weights, biases, connections, reasons, torch twin, example.

A connection is one multiply-add: one weight meeting one input of one output unit. Taps that fall on padding count,
as they do in every published table; the column `unpadded` leaves them out. Records live in `symnet.counts.records`.
"""

from symnet.counts.records.attention import Attention as Attention
from symnet.counts.records.attention import CausalAttention as CausalAttention
from symnet.counts.records.attention import MatrixProduct as MatrixProduct
from symnet.counts.records.attention import ScaledDotProduct as ScaledDotProduct
from symnet.counts.records.convolutions import Conv as Conv
from symnet.counts.records.convolutions import Conv1d as Conv1d
from symnet.counts.records.convolutions import Conv3d as Conv3d
from symnet.counts.records.convolutions import ConvSame as ConvSame
from symnet.counts.records.convolutions import ConvSame1d as ConvSame1d
from symnet.counts.records.convolutions import ConvSame3d as ConvSame3d
from symnet.counts.records.convolutions import ConvTranspose as ConvTranspose
from symnet.counts.records.convolutions import ConvTranspose1d as ConvTranspose1d
from symnet.counts.records.convolutions import ConvTranspose3d as ConvTranspose3d
from symnet.counts.records.inputs import Input as Input
from symnet.counts.records.inputs import InputSequence as InputSequence
from symnet.counts.records.inputs import InputSignal as InputSignal
from symnet.counts.records.inputs import InputVector as InputVector
from symnet.counts.records.inputs import InputVolume as InputVolume
from symnet.counts.records.inputs import InputWords as InputWords
from symnet.counts.records.joins import Add as Add
from symnet.counts.records.joins import Concat as Concat
from symnet.counts.records.joins import ConcatFeatures as ConcatFeatures
from symnet.counts.records.joins import From as From
from symnet.counts.records.joins import Multiply as Multiply
from symnet.counts.records.linear import BilinearMap as BilinearMap
from symnet.counts.records.linear import ClassToken as ClassToken
from symnet.counts.records.linear import Embedding as Embedding
from symnet.counts.records.linear import Linear as Linear
from symnet.counts.records.linear import PositionEmbedding as PositionEmbedding
from symnet.counts.records.linear import Projection as Projection
from symnet.counts.records.norms import BatchNorm as BatchNorm
from symnet.counts.records.norms import GroupNorm as GroupNorm
from symnet.counts.records.norms import LayerNorm as LayerNorm
from symnet.counts.records.norms import LocalResponseNorm as LocalResponseNorm
from symnet.counts.records.norms import RMSNorm as RMSNorm
from symnet.counts.records.parameters import Contraction as Contraction
from symnet.counts.records.parameters import FixedNumber as FixedNumber
from symnet.counts.records.parameters import FreeParameter as FreeParameter
from symnet.counts.records.pointwise import GELU as GELU
from symnet.counts.records.pointwise import Dropout as Dropout
from symnet.counts.records.pointwise import FirstToken as FirstToken
from symnet.counts.records.pointwise import Flatten as Flatten
from symnet.counts.records.pointwise import MeanOfTokens as MeanOfTokens
from symnet.counts.records.pointwise import ReLU as ReLU
from symnet.counts.records.pointwise import ReLU6 as ReLU6
from symnet.counts.records.pointwise import Sigmoid as Sigmoid
from symnet.counts.records.pointwise import SiLU as SiLU
from symnet.counts.records.pointwise import Tanh as Tanh
from symnet.counts.records.pointwise import ToTokens as ToTokens
from symnet.counts.records.pools import AdaptiveAvgPool as AdaptiveAvgPool
from symnet.counts.records.pools import AvgPool as AvgPool
from symnet.counts.records.pools import GlobalAvgPool as GlobalAvgPool
from symnet.counts.records.pools import MaxPool as MaxPool
from symnet.counts.records.pools import MaxPoolCeil as MaxPoolCeil
from symnet.counts.records.pools import WindowPool as WindowPool
from symnet.counts.records.recurrent import GRU as GRU
from symnet.counts.records.recurrent import LSTM as LSTM
from symnet.counts.records.recurrent import RNN as RNN
from symnet.counts.records.recurrent import ProjectedLSTM as ProjectedLSTM
from symnet.counts.records.table import LAYERS as LAYERS
from symnet.counts.records.table import c_in as c_in
from symnet.counts.records.table import n_in as n_in
