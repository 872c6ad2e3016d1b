using System.Globalization;
using System.Runtime.CompilerServices;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink;

/// <summary>Checks options, without looking at any file.</summary>
internal static class DownlinkOptionsCheck
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromMinutes(5);

    /// <summary>All that is wrong, in the order of the properties.</summary>
    public static IEnumerable<OptionProblem> Problems(DownlinkOptions options)
    {
        OptionProblem?[] found =
        [
            Servers(options),
            BasePath.Problem(options.BasePath) is { } basePath ? new(nameof(options.BasePath), $" {basePath}.", IsRange: false) : null,
            Text(options.AgentId, isRequired: true),
            Text(options.Name),
            Text(options.Version),
            Text(options.UserAgent) ?? UserAgent(options.UserAgent),
            options.Extensions || string.IsNullOrEmpty(options.StateFile) ? null
                : new(nameof(options.StateFile), $" cannot be used without {nameof(options.Extensions)}.", IsRange: false),
            Enum.IsDefined(options.Mode) ? null
                : new(nameof(options.Mode), $" must be one of {string.Join(", ", Enum.GetNames<DownlinkMode>())}."),
            options.LivenessTimeout is { } liveness ? Duration(liveness, Longest, nameof(options.LivenessTimeout)) : null,
            Duration(options.ConnectTimeout, LongestConnect),
            Duration(options.FirstFrameGrace, Longest),
            Duration(options.ReconnectDelay, Longest),
            Number(options.MaxStreamFailures, 1, 1_000_000),
            Duration(options.FallbackWindow, Longest),
            Duration(options.WakeTimeout, Longest),
            Duration(options.PollRetryDelay, Longest),
            Duration(options.SyncInterval, Longest),
            Duration(options.SyncIntervalWatching, Longest),
            Duration(options.SyncTimeout, Longest),
            Duration(options.ShutdownTimeout, Longest),
            Number(options.MaxLineBytes, SseReaderOptions.MinBoundBytes, SseReaderOptions.MaxBoundBytes),
            Number(options.MaxEventBytes, SseReaderOptions.MinBoundBytes, SseReaderOptions.MaxBoundBytes),
        ];
        return found.OfType<OptionProblem>();
    }

    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public static void ThrowIfAny(DownlinkOptions options)
    {
        foreach (OptionProblem problem in Problems(options))
        {
            throw problem.IsRange
                ? new ArgumentOutOfRangeException(nameof(options), problem.ToString())
                : new ArgumentException(problem.ToString(), nameof(options));
        }
    }

    private static OptionProblem? Servers(DownlinkOptions options)
    {
        try
        {
            _ = MirrorPool.Parse(MirrorPool.Texts(options.Servers ?? []), options.AllowInsecureHttp);
            return null;
        }
        catch (ArgumentException exception)
        {
            string parameter = $" (Parameter '{exception.ParamName}')";
            return new(nameof(options.Servers), $": {exception.Message.Replace(parameter, "", StringComparison.Ordinal)}", IsRange: false);
        }
    }

    private static OptionProblem? Text(
        string? value, bool isRequired = false, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is null || (isRequired && value.Length == 0)
            ? new(Property(name), isRequired ? " must not be empty." : " must not be null.", IsRange: false)
            : null;

    private static OptionProblem? UserAgent(string value) => value.AsSpan().ContainsAnyExceptInRange(' ', '~')
        ? new(nameof(DownlinkOptions.UserAgent), " must hold visible ASCII characters and spaces only.", IsRange: false)
        : null;

    private static OptionProblem? Duration(TimeSpan value, TimeSpan longest, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value < Shortest || value > longest ? new(Property(name), $" must be between 00:00:00.001 and {longest}.") : null;

    private static OptionProblem? Number(int value, int least, int most, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value < least || value > most
            ? new(Property(name), string.Create(CultureInfo.InvariantCulture, $" must be between {least} and {most}."))
            : null;

    private static string Property(string expression) => expression[(expression.LastIndexOf('.') + 1)..];
}
