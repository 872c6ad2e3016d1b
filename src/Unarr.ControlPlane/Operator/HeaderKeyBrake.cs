using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Keys;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Operator;

/// <summary>Makes guessing a key in a request's header slow: after some wrong ones from an address, each answer to a further one
/// waits.</summary>
/// <remarks>A right key never waits, wherever it comes from: many agents may share one address with one that has a wrong key.</remarks>
internal sealed class HeaderKeyBrake : IDisposable
{
    /// <summary>How many wrong keys from one address, without a minute's pause, are answered at once.</summary>
    public const int Allowance = 32;

    private readonly KeyRing _keys;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;
    private readonly ILogger<HeaderKeyBrake> _logger;
    private readonly FailureCounts _failures;
    private readonly RatedLine _line;

    public HeaderKeyBrake(KeyRing keys, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<HeaderKeyBrake> logger)
    {
        _keys = keys;
        _time = time;
        _stopping = lifetime.ApplicationStopping;
        _logger = logger;
        _failures = new FailureCounts(time, Allowance);
        _line = new RatedLine((line, count) => ControlPlaneLog.WrongKeysSlowed(_logger, line, count), time);
    }

    /// <summary>Hands a request on: at once, or later when its key is wrong and was not the first such.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.Authorization.Count == 0 || IsRight(BearerKey.Of(context)))
        {
            return next(context);
        }

        (TimeSpan delay, int failures) = _failures.Fail(context.Connection.RemoteIpAddress);
        return delay > TimeSpan.Zero ? LateAsync(context, next, delay, failures) : next(context);
    }

    public void Dispose() => _line.Dispose();

    private bool IsRight(string key) => _keys.Current.IsKey(key);

    private async Task LateAsync(HttpContext context, RequestDelegate next, TimeSpan delay, int failures)
    {
        _line.Write($"{context.Connection.RemoteIpAddress} ({failures} without a pause)");
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(_stopping, context.RequestAborted);
        await Task.Delay(delay, _time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await next(context).ConfigureAwait(false);
    }
}
