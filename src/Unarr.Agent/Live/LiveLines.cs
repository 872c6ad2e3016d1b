using System.Globalization;
using Unarr.Agent.Drawing;
using Unarr.Agent.Output;
using Unarr.Agents.Downlink;

namespace Unarr.Agent.Live;

/// <summary>The view's lines: state in, text out.</summary>
internal static class LiveLines
{
    /// <param name="state">What is shown.</param>
    /// <param name="at">The time now, since the agent's start.</param>
    /// <param name="width">How many columns a line may have.</param>
    /// <param name="height">How many lines there may be; at least one is given.</param>
    /// <param name="coloured">Whether the state has a colour.</param>
    public static IReadOnlyList<string> Of(LiveState state, TimeSpan at, int width, int height, bool coloured)
    {
        DownlinkStatus status = state.Status;
        List<string> lines =
        [
            Inked.Text(
                Cut($"{Label(state)}{DownlinkWords.Of(status.Routes)}, {DownlinkWords.Of(status.State)} for {Age(at - state.Since)}"),
                Colour(status.State), coloured),
            Cut($"  mirror    {(status.Server is { } mirror ? EventNames.Of(mirror) : "none")}"),
            Cut($"  why       {status.Reason}"),
            Cut($"  heard     {(state.Heard is { } heard ? $"{Age(at - heard)} ago" : "nothing yet")}, "
                + $"{Number(state.Bytes)} {(state.Bytes == 1 ? "byte" : "bytes")} of streams"),
            Cut($"  counted   controls {Number(state.Controls)}{Failed(state.FailedControls)}, syncs {Number(state.Syncs)} "
                + $"({Number(state.FailedSyncs)} failed), changes of route {Number(state.RouteChanges)}"),
        ];
        lines.AddRange(state.LastControls.Select(control =>
            Cut($"  {Age(at - control.At),8} ago  {control.Action} '{control.TaskId}' (via {control.Via}){Failure(control)}")));
        return [.. lines.Take(Math.Max(1, height))];

        string Cut(string text) => TextColumns.Cut(text, width);
    }

    /// <summary>Seconds, then minutes and seconds, then hours and minutes, then days and hours.</summary>
    internal static string Age(TimeSpan age) => age switch
    {
        { Ticks: < 0 } => "0s",
        { TotalMinutes: < 1 } => Text($"{age.Seconds}s"),
        { TotalHours: < 1 } => Text($"{age.Minutes}m {age.Seconds:00}s"),
        { TotalDays: < 1 } => Text($"{age.Hours}h {age.Minutes:00}m"),
        _ => Text($"{age.Days}d {age.Hours:00}h"),
    };

    private static string Label(LiveState state) => state.Agent.Length == 0 ? "" : $"{state.Agent}: ";

    private static string Failed(long controls) => controls == 0 ? "" : $" ({Number(controls)} failed)";

    private static string Failure(LiveControl control) => control.Failure is { } failure ? $", {failure}" : "";

    private static Ink Colour(DownlinkState state) => state switch
    {
        DownlinkState.Live => Ink.Green,
        DownlinkState.Unauthorized or DownlinkState.Refused => Ink.Red,
        DownlinkState.Stopped => Ink.Dim,
        _ => Ink.Yellow,
    };

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
