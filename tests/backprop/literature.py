"""Models from the literature: where each stands, and the model in the language. All are compared with autograd.

MC    Petersen and Pedersen, The Matrix Cookbook (2012), by equation number        G   Giles 2008, by section
The rest are the standard layers by name. A distinct letter is a distinct size.
"""

LITERATURE = {
    # -- derivatives of determinants, traces and inverses
    "MC 49 determinant": "X : n n\nL = det(X)",
    "MC 51 det(A X B)": "A, X, B : n n\nL = det(A @ X @ B)",
    "MC 52 det(Xᵀ X)": "X : m 2\nL = det(X.T @ X)",
    "MC 53 det(Xᵀ A X)": "X : m 2\nA : m m\nL = det(X.T @ A @ X)",
    "MC 55 log det(Xᵀ X)": "X : m 2\nL = logdet(X.T @ X)",
    "MC 57 log det X": "X : n n\nL = logdet(X)",
    "MC 58 det(X^3)": "X : n n\nL = det(X @ X @ X)",
    "MC 59 inverse": "X : n n\nY = inv(X)",
    "MC 61 aᵀ X⁻¹ b": "a, b : n\nX : n n\nL = a @ inv(X) @ b",
    "MC 62 det(X⁻¹)": "X : n n\nL = det(inv(X))",
    "MC 63 tr(A X⁻¹ B)": "A : m n\nX : n n\nB : n m\nL = trace(A @ inv(X) @ B)",
    "MC 64 tr((X + A)⁻¹)": "X, A : n n\nL = trace(inv(X + A))",
    # -- linear and quadratic forms
    "MC 69 xᵀ a": "x, a : n\nL = x @ a",
    "MC 70 aᵀ X b": "a : m\nX : m n\nb : n\nL = a @ X @ b",
    "MC 71 aᵀ Xᵀ b": "a : n\nX : m n\nb : m\nL = a @ X.T @ b",
    "MC 72 aᵀ X a": "a : n\nX : n n\nL = a @ X @ a",
    "MC 76 sum of (X)²": "X : m n\nL = sum(X) ** 2",
    "MC 77 bᵀ Xᵀ X c": "X : m n\nb, c : n\nL = b @ X.T @ X @ c",
    "MC 78 (B x + b)ᵀ C (D x + d)": "B, D : m n\nC : m m\nx : n\nb, d : m\nL = (B @ x + b) @ C @ (D @ x + d)",
    "MC 81 xᵀ B x": "x : n\nB : n n\nL = x @ B @ x",
    "MC 82 bᵀ Xᵀ D X c": "X : m n\nD : m m\nb, c : n\nL = b @ X.T @ D @ X @ c",
    "MC 83 (X b + c)ᵀ D (X b + c)": "X : m n\nb : n\nc : m\nD : m m\nL = (X @ b + c) @ D @ (X @ b + c)",
    "MC 84 (x − A s)ᵀ W (x − A s)": "x : m\nA : m n\ns : n\nW : m m symmetric\nL = (x - A @ s) @ W @ (x - A @ s)",
    "MC 91 aᵀ X³ b": "a, b : n\nX : n n\nL = a @ X @ X @ X @ b",
    "MC 95 xᵀ A x + bᵀ x": "x, b : n\nA : n n\nL = x @ A @ x + b @ x",
    # -- traces
    "MC 99 tr X": "X : n n\nL = trace(X)",
    "MC 100 tr(X A)": "X : n m\nA : m n\nL = trace(X @ A)",
    "MC 101 tr(A X B)": "A : k m\nX : m n\nB : n k\nL = trace(A @ X @ B)",
    "MC 102 tr(A Xᵀ B)": "A : k n\nX : m n\nB : m k\nL = trace(A @ X.T @ B)",
    "MC 103 tr(Xᵀ A)": "X, A : m n\nL = trace(X.T @ A)",
    "MC 104 tr(A Xᵀ)": "X, A : m n\nL = trace(A @ X.T)",
    "MC 106 tr X²": "X : n n\nL = trace(X @ X)",
    "MC 107 tr(X² B)": "X, B : n n\nL = trace(X @ X @ B)",
    "MC 108 tr(Xᵀ B X)": "X : m n\nB : m m\nL = trace(X.T @ B @ X)",
    "MC 113 tr(X B Xᵀ)": "X : m n\nB : n n\nL = trace(X @ B @ X.T)",
    "MC 116 tr(A X B X)": "A : n m\nX : m n\nB : n m\nL = trace(A @ X @ B @ X)",
    "MC 117 tr(Xᵀ X)": "X : m n\nL = trace(X.T @ X)",
    "MC 118 tr(Bᵀ Xᵀ C X B)": "X : m n\nB : n k\nC : m m\nL = trace(B.T @ X.T @ C @ X @ B)",
    "MC 119 tr(Xᵀ B X C)": "X : m n\nB : m m\nC : n n\nL = trace(X.T @ B @ X @ C)",
    "MC 120 tr(A X B Xᵀ C)": "A : k m\nX : m n\nB : n n\nC : m k\nL = trace(A @ X @ B @ X.T @ C)",
    "MC 121 squares of A X B + C": "A : k m\nX : m n\nB : n l\nC : k l\nR = A @ X @ B + C\nL = trace(R @ R.T)",
    "MC 124 tr(A X⁻¹ B), symmetric X": "A : m n\nX : n n positive\nB : n m\nL = trace(A @ inv(X) @ B)",
    "MC 125 tr((Xᵀ C X)⁻¹ A)": "X : m 2\nC : m m positive\nA : 2 2\nL = trace(inv(X.T @ C @ X) @ A)",
    "MC 126 tr((Xᵀ C X)⁻¹ (Xᵀ B X))": (
        "X : m 2\nC : m m positive\nB : m m symmetric\nL = trace(inv(X.T @ C @ X) @ (X.T @ B @ X))"
    ),
    # -- norms
    "MC 129 ‖x − a‖": "x, a : n\nL = norm(x - a)",
    "MC 130 (x − a) / ‖x − a‖": "x, a : n\ny = (x - a) / norm(x - a)",
    "MC 131 ‖x‖²": "x : n\nL = norm(x) ** 2",
    "MC 132 ‖X‖²": "X : m n\nL = norm(X) ** 2",
    "MC 141 log det of a symmetric matrix": "X : n n positive\nL = logdet(X)",
    # -- Giles
    "G 2.1 sum": "A, B : m n\nC = A + B",
    "G 2.2.1 product": "A : m n\nB : n k\nC = A @ B",
    "G 2.2.2 inverse": "A : n n\nC = inv(A)",
    "G 2.2.3 determinant": "A : n n\nL = det(A)",
    "G 2.2.4 matrix polynomial": "A : n n\nP = A @ A @ A + 2 * (A @ A) - A + eye(n)",
    "G 2.3.1 inverse product": "A : n n\nB : n k\nC = solve(A, B)",
    "G 2.3.2 first quadratic form": "A : n n\nB : n k\nC = B.T @ A @ B",
    "G 2.3.3 second quadratic form": "A : n n\nB : n k\nC = B.T @ inv(A) @ B",
    "G 3 least squares by its normal equations": "A : m 2\nb : m\nx = solve(A.T @ A, A.T @ b)",
    # -- layers
    "multilayer perceptron on rows": (
        "X : b n\nW1 : n m\nc1 : m\nW2 : m k\nc2 : k\nphi, psi : elementwise\nH = phi(X @ W1 + c1)\n"
        "Y = psi(H @ W2 + c2)"
    ),
    "highway layer": "x, b, c : n\nW, T : n n\ng = sigmoid(T @ x + c)\ny = g * tanh(W @ x + b) + (1 - g) * x",
    "gated linear unit": "X : b n\nW, V : n m\nc, d : m\nY = (X @ W + c) * sigmoid(X @ V + d)",
    "SwiGLU": "X : b t n\nW, V : n m\nU : m n\nY = (silu(X @ W) * (X @ V)) @ U",
    "squeeze and excitation": (
        "X : b c h w\nV : c d\nU : d c\ns = mean(X, axis=(2, 3))\ng = sigmoid(relu(s @ V) @ U)\n"
        "Y = X * reshape(g, (b, c, 1, 1))"
    ),
    "multi-head attention": (
        "X : b t n\nWq, Wk, Wv : n 6\nWo : 6 n\n"
        "Q = transpose(reshape(X @ Wq, (b, t, 3, 2)), (0, 2, 1, 3))\n"
        "K = transpose(reshape(X @ Wk, (b, t, 3, 2)), (0, 2, 1, 3))\n"
        "V = transpose(reshape(X @ Wv, (b, t, 3, 2)), (0, 2, 1, 3))\n"
        "A = attention(Q, K, V, is_causal=True)\nY = reshape(transpose(A, (0, 2, 1, 3)), (b, t, 6)) @ Wo"
    ),
    "linear attention": (
        "Q, K : t d\nV : t m\nF = elu(Q) + 1\nG = elu(K) + 1\n"
        "Y = F @ (G.T @ V) / (F @ sum(G, axis=0, keepdims=True).T)"
    ),
    "pre-norm block": (
        "X : b t n\ng, c, d : n\nW : n m\nV : m n\nH = layer_norm(X, g, c)\nY = X + gelu(H @ W) @ V + d"
    ),
    "LSTM cell": (
        "x : m\nh, s : n\nWi, Wf, Wg, Wo : n m\nUi, Uf, Ug, Uo : n n\nbi, bf, bg, bo : n\n"
        "i = sigmoid(Wi @ x + Ui @ h + bi)\nf = sigmoid(Wf @ x + Uf @ h + bf)\ng = tanh(Wg @ x + Ug @ h + bg)\n"
        "o = sigmoid(Wo @ x + Uo @ h + bo)\nc = f * s + i * g\ny = o * tanh(c)"
    ),
    "GRU cell": (
        "x : m\nh : n\nWr, Wu, Wg : n m\nUr, Uu, Ug : n n\nr = sigmoid(Wr @ x + Ur @ h)\nu = sigmoid(Wu @ x + Uu @ h)\n"
        "g = tanh(Wg @ x + r * (Ug @ h))\ny = (1 - u) * g + u * h"
    ),
    "LeNet layer": (
        "X : b c 6 7\nK : d c 3 3\nq : d\n"
        "Y = max_pool2d(tanh(conv2d(X, K, padding=1) + reshape(q, (d, 1, 1))), 2)"
    ),
    "residual convolution": (
        "X : b c 5 4\nK, J : c c 3 3\n"
        "Y = relu(X + conv2d(relu(conv2d(X, K, padding=1)), J, padding=1))"
    ),
    "depthwise convolution": "X : b 4 5 6\nK : 4 1 3 3\nY = conv2d(X, K, groups=4)",
    "batch norm and ReLU": "X : b c h w\ng, q : c\nY = relu(batch_norm(X, g, q))",
    "tied autoencoder": "X : b n\nW : n m\nc : m\nd : n\nY = sigmoid(X @ W + c) @ W.T + d\nL = mse_loss(Y, X)",
    "variational bound": "mu, s, x : n\nL = sum((x - mu)**2) / 2 + sum(exp(s) + mu**2 - s - 1) / 2",
    "contrastive loss": (
        "X, Y : b n\nU = X / norm(X, axis=1, keepdims=True)\nV = Y / norm(Y, axis=1, keepdims=True)\n"
        "S = U @ V.T\nL = mean(logsumexp(S, axis=1)) - trace(S) / b"
    ),
    "triplet loss": "x, y, z : n\nL = relu(norm(x - y)**2 - norm(x - z)**2 + 1)",
    "label smoothing": "Z : b k\nt : b index k\nL = 0.9 * cross_entropy(Z, t) - 0.1 * mean(log_softmax(Z))",
    "knowledge distillation": "Z, T : b k\nL = -sum(softmax(stop_gradient(T) / 2) * log_softmax(Z / 2)) / b",
    "factorisation machine": "x : n\nV : n k\nw : n\ny = w @ x + (sum((V.T @ x)**2) - sum((V**2).T @ x**2)) / 2",
    "Gaussian log-likelihood": "S : n n positive\nx, m : n\nd = x - m\nL = -logdet(S) / 2 - d @ solve(S, d) / 2",
    "Gaussian process": (
        "K : n n positive\ny : n\ns : scalar\nC = K + s**2 * eye(n)\n"
        "L = y @ solve(C, y) / 2 + logdet(C) / 2"
    ),
    "bilinear tensor layer": "x : m\ny : n\nT : k m n\nW : k m\nz = einsum('kmn,m,n->k', T, x, y) + W @ x",
    "graph convolution": "A : n n\nH : n m\nW : m k\nd = sum(A, axis=1)\nY = relu((A / unsqueeze(d, 1)) @ H @ W)",
    "word vectors": "E : v n\ni, j : t index v\nL = -sum(log_sigmoid(sum(E[i] * E[j], axis=1)))",
    "power with a variable exponent": "x, p : n\ny = exp(x) ** p + 2 ** p",
    "rotary embedding": (
        "X : t 2 n\nC, S : t n\nA = X[:, 0, :]\nB = X[:, 1, :]\nY = stack(A * C - B * S, A * S + B * C, axis=1)"
    ),
}  # fmt: skip
