using System.Globalization;

namespace Unarr.Agents.Hub.Nats;

/// <summary>What is known of a document without parsing it; a header of its message.</summary>
/// <param name="Pending">How many controls are pending.</param>
/// <param name="Ended">How many ended ones it holds.</param>
/// <param name="LastSequence">The sequence of the last pending control; 0 for none.</param>
/// <param name="Writes">The marks of the last writes, newest first.</param>
internal readonly record struct DocumentMark(int Pending, int Ended, long LastSequence, string Writes)
{
    public const string Header = "Unarr-Document";
    public const string WritesHeader = "Unarr-Writes";

    private const int MaxWrites = 8;

    public static DocumentMark Of(DocumentContent content, string writes) => new(
        content.Pending.Count, content.Ended.Count, content.Pending.Count > 0 ? content.Pending[^1].Sequence : 0, writes);

    public bool HasWrite(string write) => Writes.Split(' ').Contains(write);

    /// <summary>The marks of a document that one more write makes.</summary>
    public string WritesAfter(string write) => string.Join(' ', Writes.Split(' ').Take(MaxWrites - 1).Prepend(write)).TrimEnd();

    public string Format() => string.Create(CultureInfo.InvariantCulture, $"{Pending} {Ended} {LastSequence}");

    /// <returns><see langword="null"/> when the header is not one of ours.</returns>
    public static DocumentMark? Parse(string? header, string? writes)
    {
        string[] parts = (header ?? "").Split(' ');
        return parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pending)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int ended)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long last)
            ? new DocumentMark(pending, ended, last, writes ?? "")
            : null;
    }
}
