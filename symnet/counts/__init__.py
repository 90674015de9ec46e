"""Closed-form counts of units, weights, biases and connections; better architectures.

count(alexnet())["conv2"].weights          307200
count(alexnet(symbolic=True)).total        closed forms in every size
suggest(alexnet(), "connections")[0]       what saves most, in letters and numbers
"""

from symnet.counts import layers as layers
from symnet.counts import text as text
from symnet.counts.architecture import Architecture as Architecture
from symnet.counts.conventions.published import Comparison as Comparison
from symnet.counts.conventions.published import Printed as Printed
from symnet.counts.conventions.published import alexnet_paper_units as alexnet_paper_units
from symnet.counts.conventions.published import alexnet_worksheet as alexnet_worksheet
from symnet.counts.conventions.published import compared as compared
from symnet.counts.conventions.tools import CONVENTIONS as CONVENTIONS
from symnet.counts.conventions.tools import Convention as Convention
from symnet.counts.conventions.tools import Reported as Reported
from symnet.counts.layers import LAYERS as LAYERS
from symnet.counts.rows import Counts as Counts
from symnet.counts.rows import Row as Row
from symnet.counts.search.catalogue import CATALOGUE as CATALOGUE
from symnet.counts.search.elasticity import Bound as Bound
from symnet.counts.search.elasticity import Elasticity as Elasticity
from symnet.counts.search.elasticity import bound as bound
from symnet.counts.search.elasticity import bounds as bounds
from symnet.counts.search.elasticity import elasticities as elasticities
from symnet.counts.search.front import Design as Design
from symnet.counts.search.front import Front as Front
from symnet.counts.search.front import pareto as pareto
from symnet.counts.search.rewrites import Rewrite as Rewrite
from symnet.counts.search.search import Suggestion as Suggestion
from symnet.counts.search.search import suggest as suggest
from symnet.counts.table import CountTable as CountTable
from symnet.counts.table import count as count
from symnet.counts.zoo import ZOO as ZOO
from symnet.counts.zoo import alexnet as alexnet
from symnet.counts.zoo import googlenet as googlenet
from symnet.counts.zoo import gpt2_small as gpt2_small
from symnet.counts.zoo import lenet5 as lenet5
from symnet.counts.zoo import llama_block as llama_block
from symnet.counts.zoo import mobilenet_v2 as mobilenet_v2
from symnet.counts.zoo import resnet18 as resnet18
from symnet.counts.zoo import resnet50 as resnet50
from symnet.counts.zoo import squeezenet1_0 as squeezenet1_0
from symnet.counts.zoo import squeezenet1_1 as squeezenet1_1
from symnet.counts.zoo import vgg16 as vgg16
from symnet.counts.zoo import vit_b16 as vit_b16
