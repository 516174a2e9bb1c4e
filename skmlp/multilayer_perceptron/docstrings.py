"""What the docstrings of the multi-layer perceptrons have in common."""

from collections.abc import Callable
from textwrap import indent
from typing import TypeVar

C = TypeVar("C", bound=type)

_PARAMETERS = """\
hidden_layer_sizes : int, str or array-like of shape (n_layers_ - 2,), default=(100,)
    Units in each hidden layer, as a sequence or as a string such as '64-32'; an empty
    sequence gives a linear model.
activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', \\
'gelu', 'silu', 'mish', 'softplus', 'softsign', 'sign'}, Activation, pair of \\
callables or list, default='relu'
    What the hidden units apply to their weighted sum z. Those of
    :mod:`skmlp.activations` are reached by a name or as an object, whose parameters a
    grid search reaches as ``activation__alpha``; a subclass of
    :class:`skmlp.activations.Activation` adds one. A pair of functions (f, df) is f
    with the derivative df, which is compared with differences of f before every fit. A
    list has one entry a hidden layer. 'gelu' is the exact form; 'sign' lets gradients
    straight through where |z| ≤ 1.
solver : {'lbfgs', 'gd', 'sgd', 'adam', 'adamw', 'amsgrad', 'nadam', 'rmsprop', \\
'adagrad', 'adadelta'} or UpdateRule, default='adam'
    'lbfgs' sees all rows at once and suits small data; 'gd', plain gradient descent,
    does so too, a step an epoch. The others go through the rows in batches. An object
    of a subclass of :class:`skmlp.solvers.UpdateRule`, such as
    ``skmlp.solvers.AdamW(weight_decay=0.1)``, brings its own hyperparameters, which a
    grid search reaches as ``solver__weight_decay``. 'adagrad' wants a larger
    `learning_rate_init`, such as 0.01, and 'adadelta' wants 1.
alpha : float, default=0.0001
    Strength of the l2 penalty of the weights, relative to the sum of the losses: in a
    batch of b rows the mean loss is penalised by ½·(alpha / b)·‖weights‖².
batch_size : int or 'auto', default='auto'
    Rows in a batch; 'auto' is ``min(200, n_samples)``. Not used by 'lbfgs'; 'gd' takes
    all rows, and only 'auto'.
learning_rate : {'constant', 'invscaling', 'adaptive', 'step', 'exponential', \\
'cosine', 'one_cycle'}, Schedule or callable, default='constant'
    How the learning rate goes on from `learning_rate_init`. 'invscaling' divides it by
    ``(t_ + 1) ** power_t`` after every epoch. 'adaptive' divides it by 5 instead of
    stopping, until it is at most 1e-6. 'step' divides it by 10 every 30 epochs,
    'exponential' lowers it by 3 % an epoch, 'cosine' along half a cosine to 0 in
    `max_iter` epochs, and 'one_cycle' raises it to `learning_rate_init` and lowers it
    again. Objects such as ``skmlp.solvers.Cosine(period=10, growth=2)``, which
    restarts, have parameters; ``skmlp.solvers.WarmUp("cosine", epochs=5)`` puts a
    linear warm-up in front of any other; a function of the step's number gives a factor
    of `learning_rate_init`. Works with every solver but 'lbfgs'. An epoch is a call in
    `partial_fit`, and counts go on under `warm_start`.
learning_rate_init : float, default=0.001
    The first learning rate, of 'one_cycle' the highest. Not used by 'lbfgs'.
power_t : float, default=0.5
    The exponent of 'invscaling'.
max_iter : int, default=200
    At most so many epochs, or iterations of 'lbfgs'.
shuffle : bool, default=True
    Whether the rows are visited in a new order in every epoch. Not used by 'lbfgs'.
random_state : int, RandomState instance or None, default=None
    Draws the first weights, the validation rows and the order of the rows. An int
    gives the same network every time.
tol : float, default=1e-4
    An epoch that lowers the loss, or raises the validation score, by less than this
    counts as one without progress. For 'lbfgs', the largest entry of the gradient at
    which it stops.
verbose : bool, default=False
    Whether to print a line an epoch: the figures of ``history_``.
warm_start : bool, default=False
    Whether `fit` goes on where the last one ended: 5 epochs and 5 more on the same
    rows equal 10, bit for bit.
momentum : float, default=0.9
    How much of the last step 'sgd' keeps, in [0, 1]. It and the next parameters are for
    rules that a string names; an object has its own.
nesterovs_momentum : bool, default=True
    Whether 'sgd' looks ahead along its momentum.
early_stopping : bool, default=False
    Whether to stop when the score on validation rows no longer grows, instead of when
    the training loss no longer falls. They are those given to `fit` as X_val and
    y_val; else some rows are set aside, in equal parts of every class. 'lbfgs' uses it
    with X_val only, and so does `partial_fit`, whose calls stop training together:
    once they have, further ones change nothing.
validation_fraction : float, default=0.1
    Share of the rows that `early_stopping` sets aside where no X_val is given.
beta_1 : float, default=0.9
    Decay of the running mean of the gradient, in [0, 1), under 'adam', 'adamw',
    'amsgrad' and 'nadam'.
beta_2 : float, default=0.999
    Decay of the same rules' running mean of the squared gradient, in [0, 1).
epsilon : float, default=1e-8
    Added to the same rules' denominator.
n_iter_no_change : int, default=10
    Stop after exactly so many epochs in a row without progress.
max_fun : int, default=15000
    At most so many evaluations of the objective by 'lbfgs'.
on_divergence : {'warn', 'raise', 'backoff'}, default='warn'
    What happens in the epoch in which the loss or a weight is no longer a finite
    number. 'warn': training stops, the weights of the best epoch are kept (in
    `partial_fit`, those before the call), and a warning says what to try; if no epoch
    was finite, ValueError. 'raise': ValueError. 'backoff': training goes on from the
    best epoch, or from the first weights, at half the learning rate; it does so too
    where the loss after an epoch is more than a hundred times the best one, for which
    all rows are scored once more an epoch. 'lbfgs' has no rate: there 'backoff' is
    'warn', and the last finite iteration's weights are kept.
scoring : str, callable or None, default=None
    What early stopping looks at: a scorer's name, a callable ``scorer(estimator, X,
    y)`` whose larger values are better, or 'loss', minus the mean loss without the
    penalty. None: {score}. A scorer gets `sample_weight` where it takes it.
restore_best : bool, default=True
    Whether the weights of the best epoch are kept, by the validation score with early
    stopping, else by the training loss; or else the last ones. (In `partial_fit`
    without early stopping the last are kept: losses on a stream do not compare.)
record : {'auto', 'batches', 'epoch'}, default='auto'
    What ``history_`` holds of training. 'batches': the loss of each epoch, a mean over
    its batches while they were visited, which costs nothing. 'epoch': also the
    objective and the size of its gradient on all training rows at the end of the epoch,
    for which they are gone through once more. 'auto': 'epoch' with `verbose`, else
    'batches'. 'lbfgs' has all of them in any case.
weight_init : {'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal', \\
'lecun_uniform', 'lecun_normal', 'orthogonal'}, Initializer or callable, \\
default='glorot_uniform'
    How the first weights are drawn; see :mod:`skmlp.initializers`. The default is
    scikit-learn's rule, which draws the intercepts too; all others begin with
    intercepts of zero. A function of (fan_in, fan_out, generator), the last of which is
    a :class:`numpy.random.RandomState`, returns the weights (fan_in, fan_out) of a
    layer.
n_layers : int or None, default=None
    See `width`.
width : int or None, default=None
    The hidden layers as two numbers that a search can draw: `n_layers` hidden layers
    (1 if None) of `width` units (100 if None). With either of them, hidden_layer_sizes
    must stay at its default.
n_init : int, default=1
    How many times `fit` starts, from other weights each time. Kept is the start with
    the best validation score, with early stopping, else with the lowest loss. Starts
    that diverge are left out. A fit that goes on (`warm_start`) and `partial_fit` do
    not start again.
l1_ratio : float, default=0.0
    The share of the penalty that is l1, in [0, 1], as in an elastic net: alpha ·
    (l1_ratio · ‖weights‖₁ + ½ · (1 − l1_ratio) · ‖weights‖²). Weights become exactly 0:
    a step follows the shortest subgradient, and ends where a weight would change its
    sign. Not for 'lbfgs'.
dropout : float or array-like of shape (n_layers - 2,), default=0.0
    Probability with which a hidden unit is left out of a row's pass in training, in
    [0, 1); one for all hidden layers, or one each. What is left grows by
    1 / (1 − dropout). Nothing is left out where the network predicts, scores or is
    validated; `loss_curve_` is that of the network with its dropout. Not for 'lbfgs'.
input_dropout : float, default=0.0
    The same for the inputs. Not for 'lbfgs'.
input_noise : float, default=0.0
    Standard deviation of normal noise that is added to every input in training, in the
    units of X, anew in every epoch. Not for sparse X, nor for 'lbfgs'.
clip_value : float or None, default=None
    Bound of the absolute value of each entry of a batch's gradient, penalty included.
    Not for 'lbfgs'.
clip_norm : float or None, default=None
    Bound of the Euclidean norm of a batch's whole gradient, after `clip_value`. Not for
    'lbfgs'.
max_norm : float or None, default=None
    Bound of the Euclidean norm of the weights into any one unit, kept to after every
    step: longer ones are scaled down. Not for 'lbfgs'."""

_ATTRIBUTES = """\
converged_ : bool
    Whether the last fit stopped by itself: for want of progress, not of epochs.
diverged_ : bool
    Whether training diverged (see `on_divergence`).
coefs_ : list of ndarray of shape (fan_in, fan_out)
    Weights of each layer.
intercepts_ : list of ndarray of shape (fan_out,)
    Intercepts of each layer.
loss_ : float
    The loss that goes with the weights that were kept: those of the best epoch.
loss_curve_ : list of float
    The loss of each epoch, a mean over its batches while they were visited; for
    'lbfgs', the objective after each iteration.
best_loss_ : float or None
    The lowest loss; None with ``early_stopping=True``.
history_ : dict of ndarray of shape (n_epochs,)
    Figures of every epoch, of 'lbfgs' every iteration, in the order of training;
    `warm_start` and `partial_fit` add to it. `loss`: that of `loss_curve_`;
    `training_loss` and `gradient_norm`: the objective on all training rows after the
    epoch, penalty and weights included, and the largest absolute entry of its gradient
    (see `record`); `validation_loss`, without the penalty, and `validation_score`,
    where there are validation rows; `learning_rate`: that of the epoch's last step;
    `seconds`: what the epoch took, validation included.
validation_scores_ : list of float or None
    Validation score after each epoch, where there are validation rows.
best_validation_score_ : float or None
    The highest validation score, with ``early_stopping=True``.
n_iter_ : int
    Epochs, or iterations of 'lbfgs', of the last fit.
t_ : int
    Rows visited so far, those visited again counted again.
n_layers_ : int
    Number of layers, those of the inputs and the outputs among them.
n_outputs_ : int
    Number of units of the last layer.
out_activation_ : str
    What turns the output scores into predictions.
n_features_in_ : int
    Number of features seen in fit.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the features, where X had names that are all strings."""

_NOTES = """\
A seed draws the same weights, validation rows and batches as in scikit-learn, so the
same network comes out but for rounding, and for what is done otherwise here: training
stops after exactly `n_iter_no_change` epochs without progress, the weights of the best
epoch are kept (in `partial_fit`, the last), validation rows are stratified, and the
generator goes on between calls of `partial_fit`, instead of repeating one order.

A row of weight zero is left out of the batches: it is as if it were not there.

Random numbers of dropout and noise depend on `random_state`, the epoch, a row's place
in the epoch's order and the unit, and on nothing else, so that neither threads nor the
kernels in use change a fit. There is no batch normalisation: its running means and
variances are neither parameters nor functions of them, so they have no place in the one
flat vector that solvers, bounds and saved states share, and a batch of one row has no
variance. Standardise X, use 'selu', or a lower learning rate with `clip_norm`."""

_REFERENCES = """\
Rumelhart, D. E., Hinton, G. E. and Williams, R. J. (1986). Learning representations
by back-propagating errors. Nature, 323, 533-536.

Glorot, X. and Bengio, Y. (2010). Understanding the difficulty of training deep
feedforward neural networks. AISTATS.

Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.

Loshchilov, I. and Hutter, F. (2019). Decoupled weight decay regularization. ICLR.

Reddi, S. J., Kale, S. and Kumar, S. (2018). On the convergence of Adam and beyond.
ICLR.

Dozat, T. (2016). Incorporating Nesterov momentum into Adam. ICLR workshop.

Tieleman, T. and Hinton, G. (2012). Lecture 6.5, RMSprop. Coursera.

Duchi, J., Hazan, E. and Singer, Y. (2011). Adaptive subgradient methods for online
learning and stochastic optimization. Journal of Machine Learning Research, 12,
2121-2159.

Loshchilov, I. and Hutter, F. (2017). SGDR: stochastic gradient descent with warm
restarts. ICLR.

Smith, L. N. (2018). A disciplined approach to neural network hyper-parameters.
arXiv:1803.09820.

Srivastava, N., Hinton, G., Krizhevsky, A., Sutskever, I. and Salakhutdinov, R. (2014).
Dropout: a simple way to prevent neural networks from overfitting. Journal of Machine
Learning Research, 15, 1929-1958.

Andrew, G. and Gao, J. (2007). Scalable training of L1-regularized log-linear models.
ICML.

Zeiler, M. D. (2012). ADADELTA: an adaptive learning rate method. arXiv:1212.5701."""

_TEXTS = {
    "parameters": _PARAMETERS,
    "attributes": _ATTRIBUTES,
    "notes": _NOTES,
    "references": _REFERENCES,
}


def documented(score: str) -> Callable[[C], C]:
    """Put the common texts, and the name of the usual score, into a docstring."""

    def document(estimator: C) -> C:
        doc = estimator.__doc__
        if doc is not None:  # python -OO drops docstrings
            for name, text in _TEXTS.items():
                doc = doc.replace(f"    {{{name}}}", indent(text, "    "))
            estimator.__doc__ = doc.replace("{score}", score)
        return estimator

    return document
