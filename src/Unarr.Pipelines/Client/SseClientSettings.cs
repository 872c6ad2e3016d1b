using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>The options of a client, checked and copied.</summary>
internal sealed class SseClientSettings
{
    private const int MostRemembered = 1_000_000;

    /// <summary>What a timer can wait for.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    /// <exception cref="ArgumentOutOfRangeException">An option cannot be used; the message names it.</exception>
    public SseClientSettings(SseClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfNot(Enum.IsDefined(options.Replay), options.Replay, "must be one of the defined values");
        ThrowIfNotTime(options.ResponseTimeout);
        ThrowIfNotTime(options.IdleTimeout ?? Longest, nameof(options.IdleTimeout));
        ThrowIfNotDelay(options.ReconnectDelay);
        ThrowIfNotDelay(options.MaxReconnectDelay);
        ThrowIfNot(options.MaxAttempts is not < 1, options.MaxAttempts, "must be at least 1");
        ThrowIfNot(options.RememberedIds is >= 0 and <= MostRemembered, options.RememberedIds, $"must be from 0 to {MostRemembered}");
        ThrowIfNot(options.MaxRedirects >= 0, options.MaxRedirects, "must not be negative");
        ThrowIfNotMarker(options.EndMarker);
        ThrowIfNotMarker(options.EndEventType);
        Reader = new SseReaderOptions { MaxLineBytes = options.MaxLineBytes, MaxEventBytes = options.MaxEventBytes };
        SseReaderOptions.Checked(Reader);
        Replay = options.Replay;
        EndMarker = options.EndMarker is { } marker ? SseFramer.MarkerOf(marker) : null;
        EndEventType = options.EndEventType is { } type ? SseFramer.MarkerOf(type) : null;
        CloseAtEnd = options.CloseAtEnd;
        AcceptJson = options.AcceptJson;
        Strict = options.Strict;
        ResponseTimeout = Finite(options.ResponseTimeout);
        IsResponseTimeoutChosen = options.ChosenResponseTimeout is not null;
        IdleTimeout = options.IdleTimeout is { } idle ? Finite(idle) : null;
        IsIdleTimeoutChosen = options.IdleTimeout is not null;
        ReconnectDelay = options.ReconnectDelay;
        MaxReconnectDelay = options.MaxReconnectDelay;
        MaxAttempts = options.MaxAttempts;
        RememberedIds = options.RememberedIds;
        MaxRedirects = options.MaxRedirects;
    }

    public SseReplay Replay { get; }

    public byte[]? EndMarker { get; }

    public byte[]? EndEventType { get; }

    /// <summary>Whether an end without a marker is a failure.</summary>
    public bool HasMarker => EndMarker is not null || EndEventType is not null;

    public bool CloseAtEnd { get; }

    public bool AcceptJson { get; }

    public bool Strict { get; }

    /// <summary>How long the headers may take; <see langword="null"/>: without end.</summary>
    public TimeSpan? ResponseTimeout { get; }

    public bool IsResponseTimeoutChosen { get; }

    /// <summary>Which silence was chosen; <see langword="null"/>: none is too long, or nothing was chosen.</summary>
    public TimeSpan? IdleTimeout { get; }

    public bool IsIdleTimeoutChosen { get; }

    public TimeSpan ReconnectDelay { get; }

    public TimeSpan MaxReconnectDelay { get; }

    public int? MaxAttempts { get; }

    public int RememberedIds { get; }

    public int MaxRedirects { get; }

    /// <summary>The bounds of each connection's framer.</summary>
    public SseReaderOptions Reader { get; }

    private static TimeSpan? Finite(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? null : time;

    private static void ThrowIfNotTime(TimeSpan time, [CallerArgumentExpression(nameof(time))] string option = "") => ThrowIfNot(
        time == Timeout.InfiniteTimeSpan || (time > TimeSpan.Zero && time <= Longest),
        time,
        $"must be positive and at most {Longest.TotalDays:0} days, or infinite",
        option);

    private static void ThrowIfNotDelay(TimeSpan time, [CallerArgumentExpression(nameof(time))] string option = "") => ThrowIfNot(
        time >= TimeSpan.Zero && time <= Longest, time, $"must be from zero to {Longest.TotalDays:0} days", option);

    private static void ThrowIfNotMarker(string? marker, [CallerArgumentExpression(nameof(marker))] string option = "") => ThrowIfNot(
        marker is null || (!string.IsNullOrWhiteSpace(marker) && !marker.AsSpan().ContainsAny('\r', '\n')),
        marker,
        "must hold more than white space, and no line end",
        option);

    private static void ThrowIfNot(bool isGood, object? value, string rule, [CallerArgumentExpression(nameof(value))] string options = "")
    {
        if (!isGood)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), value, $"{options[(options.LastIndexOf('.') + 1)..]} {rule}.");
        }
    }
}
