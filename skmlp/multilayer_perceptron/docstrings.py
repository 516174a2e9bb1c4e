"""Texts that the docstrings of MLPClassifier and MLPRegressor share."""

from collections.abc import Callable
from textwrap import indent
from typing import TypeVar

C = TypeVar("C", bound=type)

_PARAMETERS = """\
hidden_layer_sizes : int, str or array-like of shape (n_layers_ - 2,), default=(100,)
    Number of units in each hidden layer: a sequence, a string such as '64-32', or an
    int for a single hidden layer. An empty sequence gives a linear model.
activation : {'identity', 'logistic', 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', \\
'gelu', 'silu', 'mish', 'softplus', 'softsign', 'sign'}, Activation, callable, \\
pair of callables or list, default='relu'
    Activation function of the hidden units, applied to their weighted sum z. It is a
    name; an object of :mod:`skmlp.activations`, whose parameters a grid search reaches
    as ``activation__alpha``; an object of your own subclass of
    :class:`skmlp.activations.Activation`; a function f of NumPy, whose derivative a
    graph finds; or a pair of functions (f, df), where df is the derivative of f and is
    compared with finite differences of f before every fit. Most functions run in the
    compiled loops; :func:`skmlp.graph.describe_program` tells which.
    A list has one of these for each hidden layer. 'gelu' is the exact form. 'sign'
    has the straight-through gradient: 1 where |z| ≤ 1, otherwise 0.
solver : {'lbfgs', 'gd', 'sgd', 'adam', 'adamw', 'amsgrad', 'nadam', 'rmsprop', \\
'adagrad', 'adadelta'} or UpdateRule, default='adam'
    Algorithm that minimises the loss. 'lbfgs' uses all rows in every iteration and
    suits small data sets. 'gd' is plain gradient descent: one step per epoch, from the
    gradient of all rows. The others take one step for each batch of rows. An object of
    a subclass of :class:`skmlp.solvers.UpdateRule`, such as
    ``skmlp.solvers.AdamW(weight_decay=0.1)``, has its own hyperparameters, which a
    grid search reaches as ``solver__weight_decay``. 'adagrad' needs a larger
    `learning_rate_init`, such as 0.01, and 'adadelta' needs 1.
alpha : float, default=0.0001
    Strength of the l2 penalty of the weights (not of the intercepts), relative to the
    sum of the losses: for a batch of b rows, ½·(alpha / b)·‖weights‖² is added to the
    mean loss.
batch_size : int or 'auto', default='auto'
    Number of rows in a batch. 'auto' means ``min(200, n_samples)``. Not used by
    'lbfgs'. 'gd' uses all rows in every step and accepts only 'auto'.
learning_rate : {'constant', 'invscaling', 'adaptive', 'step', 'exponential', \\
'cosine', 'one_cycle'}, Schedule or callable, default='constant'
    Schedule of the learning rate, which starts at `learning_rate_init`.

    - 'constant' does not change it.
    - 'invscaling' divides it by ``(t_ + 1) ** power_t``, updated after every epoch.
    - 'adaptive' divides it by 5 where training would otherwise stop for lack of
      progress, and stops when the rate is 1e-6 or less.
    - 'step' divides it by 10 every 30 epochs.
    - 'exponential' lowers it by 3 % per epoch.
    - 'cosine' lowers it to 0 along half a cosine, in `max_iter` epochs.
    - 'one_cycle' raises it to `learning_rate_init` and lowers it again.

    Schedule objects, such as ``skmlp.solvers.Cosine(period=10, growth=2)`` with its
    restarts, have parameters. ``skmlp.solvers.WarmUp("cosine", epochs=5)`` puts a
    linear warm-up before any other schedule. A function takes the number of the step
    and returns a factor of `learning_rate_init`. Used by every solver except 'lbfgs'.
    Under `warm_start` the counts of steps and epochs continue; in `partial_fit` each
    call counts as one epoch.
learning_rate_init : float, default=0.001
    Initial learning rate; for 'one_cycle', the highest one. Not used by 'lbfgs'.
power_t : float, default=0.5
    Exponent of the 'invscaling' schedule.
max_iter : int, default=200
    Maximum number of epochs, or of iterations of 'lbfgs'.
shuffle : bool, default=True
    Whether to visit the rows in a new random order in every epoch. Not used by
    'lbfgs'.
random_state : int, RandomState instance or None, default=None
    Source of the random numbers for the initial weights, the choice of validation
    rows, the order of the rows, dropout and noise. An int gives the same network in
    every fit.
tol : float, default=1e-4
    Minimum improvement that counts as progress: an epoch makes progress if it lowers
    the best loss so far, or with early stopping raises the best validation score so
    far, by at least `tol`. Where a regressor standardises y (`scale_target`), losses
    are those of the standardised target. 'lbfgs' stops when the largest absolute entry
    of the gradient is at most `tol`.
verbose : bool or int, default=False
    Whether to print one line per epoch, with the values of ``history_``; any number
    above zero means True.
warm_start : bool, default=False
    Whether `fit` continues from the previous fit. If nothing has changed, two fits of
    5 epochs give exactly the weights of one fit of 10. If X, y, weights of rows, the
    loss, the network, the penalty, or `coefs_` and `intercepts_` have changed, the fit
    starts from `coefs_` and `intercepts_` as they are, and forgets earlier losses. The
    fitted network keeps the order of the training rows (8 bytes each).
momentum : float, default=0.9
    Fraction of the previous step that 'sgd' adds to the next one, in [0, 1]. Like
    `nesterovs_momentum`, `beta_1`, `beta_2` and `epsilon`, it is used only when
    `solver` is a string: a solver object has its own parameters.
nesterovs_momentum : bool, default=True
    Whether 'sgd' uses Nesterov's momentum.
early_stopping : bool or 'loss', default=False
    Whether to stop when the validation score no longer improves, instead of when the
    training loss no longer improves. The validation rows are the `X_val` and `y_val`
    of `fit`; without them, a fraction of the training rows is held out, stratified by
    class if each row has one label. A class of one row stays in training. 'lbfgs'
    stops early only if `X_val` is passed, and `partial_fit` raises ValueError without
    it. In `partial_fit` the epochs are counted across calls, and once training has
    stopped, further calls change nothing.

    True stops as scikit-learn does, often too soon: the default score changes in jumps,
    and it may stand still for 10 epochs while the network still learns. 'loss' is a
    short name for settings that stop later: `scoring` None becomes 'loss',
    `validation_fraction` 0.1 becomes 0.2, and `n_iter_no_change` 10 becomes 30. Other
    values of these parameters stay as they are; for their default values, set all
    three and ``early_stopping=True``. On 27 tables with standardised columns (``python
    -m benchmarks.tabular``, medians), the classifier's log loss is 0.321 with 'loss',
    0.406 with True and 0.420 with False; its accuracy is 0.871, 0.847 and 0.868; its
    calibration error is 0.042, 0.055 and 0.059.

    A ConvergenceWarning says if training stopped too soon: on average over the last 5
    epochs, the training loss fell by more than 0.15 times its mean fall per epoch of
    the whole fit, and the validation loss was lowest in one of these 5 epochs. There is
    no such warning if y is constant.
validation_fraction : float, default=0.1
    Fraction of the training rows, in [0, 1), to hold out for `early_stopping` when no
    `X_val` is passed; rows of weight zero do not count. Under `warm_start`, the rows
    that are held out stay the same until the fraction or the number of rows changes.
beta_1 : float, default=0.9
    Decay rate of the running mean of the gradient, in [0, 1), for 'adam', 'adamw',
    'amsgrad' and 'nadam'.
beta_2 : float, default=0.999
    Decay rate of the running mean of the squared gradient, in [0, 1), for 'adam',
    'adamw', 'amsgrad' and 'nadam'.
epsilon : float, default=1e-8
    Positive number added to the denominator of the step, for 'adam', 'adamw',
    'amsgrad' and 'nadam'.
n_iter_no_change : int or float, default=10
    Number of consecutive epochs without progress (see `tol`) after which training
    stops. ``numpy.inf`` means never.
max_fun : int, default=15000
    Maximum number of evaluations of the objective by 'lbfgs'.
on_divergence : {'warn', 'raise', 'backoff'}, default='warn'
    What to do after an epoch in which training has diverged: the loss or a weight is
    infinite or NaN, or the loss is more than 100 times (plus one) the larger of two
    losses: that of raw scores of zero, and that before training.

    - 'warn': stop, keep the weights of the best epoch or those with which it began,
      whichever have the lower loss (in `partial_fit`, the weights before the call), and
      warn with advice. If the first epoch is infinite or NaN, raise ValueError.
    - 'raise': raise ValueError.
    - 'backoff': return to the weights of the best epoch, or to the initial weights,
      and continue with half the learning rate.

    'lbfgs' has no learning rate: 'backoff' does the same as 'warn', and the weights of
    the last finite iteration are kept.
scoring : str, callable or None, default=None
    Score on the validation rows, which decides on early stopping: the name of a
    scikit-learn scorer; a callable ``scorer(estimator, X, y)``, where larger values
    are better; or 'loss', the negative mean loss without the penalty and without label
    smoothing. None means {score}. A scorer that takes `sample_weight` gets the weights
    of the validation rows.
restore_best : bool, default=True
    Whether to keep the weights of the best epoch instead of the last one. The best
    epoch has the highest validation score with early stopping, and the lowest training
    loss without it; of equal ones, the last. `partial_fit` without early stopping
    always keeps the last weights, because losses on different rows are not comparable.
record : {'auto', 'batches', 'epoch'}, default='auto'
    Which values ``history_`` records. 'batches': the loss of each epoch, as the mean
    over its batches while they were visited, at no extra cost. 'epoch': in addition
    the objective and the size of its gradient on all training rows at the end of each
    epoch, which takes one more pass through the rows. 'auto': 'epoch' if `verbose`,
    otherwise 'batches'. 'lbfgs' always records all of them.
weight_init : {'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal', \\
'lecun_uniform', 'lecun_normal', 'orthogonal'}, Initializer or callable, \\
default='glorot_uniform'
    Distribution of the initial weights; see :mod:`skmlp.initializers`. The default is
    scikit-learn's, which also draws the intercepts; all others start with intercepts
    of zero. A function of (fan_in, fan_out, generator), where generator is a
    :class:`numpy.random.RandomState`, returns the weights of a layer as an array of
    shape (fan_in, fan_out).
n_layers : int or None, default=None
    Number of hidden layers, each with `width` units; None means 1 if `width` is set.
    With `n_layers` or `width`, `hidden_layer_sizes` must keep its default. A search
    can draw these two numbers more easily than a sequence.
width : int or None, default=None
    Number of units in each of the `n_layers` hidden layers; None means 100 if
    `n_layers` is set.
n_init : int, default=1
    Number of times that `fit` trains, each time from other initial weights. The
    network with the highest validation score is kept, with early stopping; otherwise
    the one with the lowest loss. Trainings that diverge are left out. A fit that
    continues (`warm_start`) and `partial_fit` train only once.
l1_ratio : float, default=0.0
    Share of the l1 norm in the penalty, in [0, 1], as in an elastic net:
    alpha·(l1_ratio·‖weights‖₁ + ½·(1 − l1_ratio)·‖weights‖²). Weights become exactly
    0: each step follows the subgradient of smallest norm, and a weight that would
    change its sign is set to 0. Not available for 'lbfgs'.
dropout : float or array-like of shape (n_layers_ - 2,), default=0.0
    Probability in [0, 1) of setting the output of a hidden unit to zero for one row in
    training: one number for all hidden layers, or one for each. The other outputs are
    multiplied by 1 / (1 − dropout). Predictions and validation use all units;
    `loss_curve_` is computed with dropout. Not available for 'lbfgs'.
input_dropout : float, default=0.0
    Probability in [0, 1) of setting an input to zero for one row in training. Not
    available for 'lbfgs'.
input_noise : float, default=0.0
    Standard deviation, in the units of X, of the normal noise that is added to every
    input in training, drawn anew in every epoch. Not available for sparse X, nor for
    'lbfgs'.
clip_value : float or None, default=None
    Maximum absolute value of each entry of a batch's gradient, penalty included; larger
    entries are clipped. None means no limit. Not available for 'lbfgs'.
clip_norm : float or None, default=None
    Maximum Euclidean norm of a batch's whole gradient; a longer gradient is scaled
    down, after `clip_value` is applied. None means no limit. Not available for 'lbfgs'.
max_norm : float or None, default=None
    Maximum Euclidean norm of the weights into one unit; longer weight vectors are
    scaled down after every step. None means no limit. Not available for 'lbfgs'."""

_ATTRIBUTES = """\
converged_ : bool
    True if the last fit stopped for lack of progress, or because 'lbfgs' converged;
    False if it reached `max_iter`, diverged or was interrupted, or if `loss_` is more
    than twice the loss of raw scores of zero.
diverged_ : bool
    True if training diverged in the last fit (see `on_divergence`).
coefs_ : list of ndarray of shape (fan_in, fan_out)
    Weights of each layer.
intercepts_ : list of ndarray of shape (fan_out,)
    Intercepts of each layer.
loss_ : float
    Objective at the weights that were kept: the mean loss of the training rows, without
    dropout and noise, plus the penalty. After Ctrl-C it may be computed on some of the
    rows; the warning then says so. After `partial_fit`, the loss of its epoch.
loss_curve_ : list of float
    Loss of each epoch, as the mean over its batches while they were visited; for
    'lbfgs', the objective after each iteration.
best_loss_ : float or None
    Lowest loss of all epochs; for 'lbfgs', the objective at the last iteration. None
    with early stopping, for which 'lbfgs' needs `X_val`.
history_ : dict of ndarray of shape (n_epochs,)
    Values recorded in each epoch, or in each iteration of 'lbfgs'; `warm_start` and
    `partial_fit` append to it. The keys are

    - `loss`: the values of `loss_curve_`;
    - `training_loss` and `gradient_norm`: the objective on all training rows after the
      epoch, with penalty and sample weights, and the largest absolute entry of its
      gradient (see `record`);
    - `validation_loss` (without the penalty and label smoothing) and
      `validation_score`, if there are validation rows;
    - `learning_rate`: the learning rate of the epoch's last step;
    - `seconds`: the duration of the epoch, validation included.
validation_scores_ : list of float or None
    Validation score after each epoch; None if there are no validation rows.
best_validation_score_ : float or None
    Highest validation score; None without early stopping.
n_iter_ : int
    Number of epochs, or of iterations of 'lbfgs', in the last fit.
t_ : int
    Number of rows visited in training so far; a row counts each time it is visited.
n_layers_ : int
    Number of layers, including the input and the output layer.
n_outputs_ : int
    Number of units of the output layer.
out_activation_ : str
    Name of the function that turns the raw scores of the output layer into
    predictions. It may be set to 'identity', 'exp', 'logistic', 'softmax', 'tanh',
    'relu' or the name of another activation, to bound predictions: a fit from new
    weights resets it, `warm_start` and `partial_fit` keep it, and training does not
    use it. In classification, its values stand for probabilities.
n_features_in_ : int
    Number of features seen in `fit`.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the features, if X had names that are all strings."""

_NOTES = """\
For an integer `random_state`, the initial weights, the validation rows and the batches
are those of scikit-learn, and so is the network, up to rounding, except for these
differences. Training stops after exactly `n_iter_no_change` epochs without progress.
The weights of the best epoch are kept (in `partial_fit`, the last weights). Of epochs
with equal validation scores, the last is the best: the accuracy on few rows is often
the same in many epochs, in which the network still learns. scikit-learn keeps the first
of them. Validation rows are stratified. In successive calls of `partial_fit` the random
generator continues, instead of repeating one order of the rows.

A row of weight zero has no effect: it is in no batch, and not among the rows held out.

Weights may be assigned without a fit, as in scikit-learn: set `coefs_`, `intercepts_`
and for a classifier `classes_`, in ascending order. Two classes have one output, or
two; with more outputs, ``out_activation_="logistic"`` means several labels per row. A
network predicts with fewer or more hidden units than it was fitted with if the shapes
of all layers fit together.

The random numbers of dropout and noise depend only on `random_state`, the epoch, the
position of a row in the order of the epoch, and the unit, so that neither the number of
threads nor the choice of kernels changes a fit. There is no batch normalisation: its
running means and variances are neither parameters nor functions of the parameters, so
they have no place in the flat parameter vector that solvers, bounds and saved states
share, and a batch of one row has no variance. Instead, standardise X, use the 'selu'
activation, or lower the learning rate and set `clip_norm`."""

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
    """Return a class decorator that inserts the shared texts into the docstring.

    `score` is the name of the default score, which the text on `scoring` mentions.
    """

    def document(estimator: C) -> C:
        """Return the class, after its placeholders were replaced by the texts."""
        doc = estimator.__doc__
        if doc is not None:  # python -OO drops docstrings
            for name, text in _TEXTS.items():
                doc = doc.replace(f"    {{{name}}}", indent(text, "    "))
            estimator.__doc__ = doc.replace("{score}", score)
        return estimator

    return document
