using System.CommandLine;
using Unarr.CommandLine;
using Unarr.ControlPlane.Audit;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Where the audit log is written.</summary>
internal static class AuditArguments
{
    private const int DefaultBytes = 16 * 1024 * 1024;
    private const int DefaultOld = 8;

    private static readonly Option<FileInfo?> Audit = new("--audit")
    {
        Description = "The audit log: what operators did, one JSON object a line. Without it the last 1,000 entries are in memory.",
        HelpName = "FILE",
    };

    private static readonly Option<int?> MaxBytes = SizeArgument.Option(
        "--audit-size", "How large the audit log's file becomes before it is renamed to FILE.1.", DefaultBytes, AuditFile.MinBytes,
        1024 * 1024 * 1024);

    private static readonly Option<int?> MaxOld = CountArgument.Option(
        "--audit-files", "How many older files of the audit log are kept.", DefaultOld, 0, 1000);

    public static IEnumerable<Option> All => [Audit, MaxBytes, MaxOld];

    /// <returns>The file; <see langword="null"/> where none is named.</returns>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public static AuditFile? Open(LayeredOptions options)
    {
        if (options.Get(Audit) is not { } file)
        {
            Option? other = All.FirstOrDefault(options.Has);
            return other is null ? null : throw new UsageException($"{other.Name}: this is for --audit FILE.");
        }

        try
        {
            return new AuditFile(file.FullName, options.Get(MaxBytes) ?? DefaultBytes, options.Get(MaxOld) ?? DefaultOld);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--audit: '{file}' cannot be used: {exception.Message.TrimEnd('.')}.", exception);
        }
    }
}
