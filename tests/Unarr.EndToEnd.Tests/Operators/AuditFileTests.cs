using System.Text;
using Unarr.ControlPlane.Audit;

namespace Unarr.EndToEnd.Tests.Operators;

public sealed class AuditFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-audit-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "audit.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void File_that_has_no_room_is_renamed_and_the_oldest_is_deleted()
    {
        byte[] line = Encoding.UTF8.GetBytes(new string('x', 30_000));
        using (AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 2))
        {
            for (int i = 0; i < 20; i++)
            {
                file.Write(line);
            }
        }

        FileInfo[] files = [.. _folder.GetFiles().OrderBy(found => found.Name, StringComparer.Ordinal)];
        Assert.Equal(["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"], files.Select(found => found.Name));
        Assert.All(files, found => Assert.Equal(2 * (line.Length + 1), found.Length));
    }

    [SkippableFact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void File_is_readable_by_its_owner_alone()
    {
        Skip.If(OperatingSystem.IsWindows(), "The mode is one of Unix.");
        using AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 1);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void Entries_are_read_back_over_all_files_without_a_line_that_was_cut()
    {
        using (AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 3))
        {
            for (int i = 0; i < 1500; i++)
            {
                file.Write(Line(i));
            }
        }

        File.AppendAllText(Path, "{\"at\":\"2026-0");
        using AuditFile again = new(Path, AuditFile.MinBytes, maxOld: 3);
        again.Write(Line(1500));

        IReadOnlyList<AuditEntry> last = again.ReadLast(1000);
        Assert.Equal(Enumerable.Range(501, 1000).Select(i => $"agent-{i}"), last.Select(entry => entry.Agents![0]));
    }

    [Fact]
    public void File_that_was_moved_away_is_begun_again()
    {
        using AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 3);
        file.Write("one"u8);
        File.Move(Path, Path + ".gone");
        file.Write("two"u8);
        File.WriteAllText(Path, "");
        file.Write("three"u8);

        Assert.Equal("three\n", File.ReadAllText(Path));
        Assert.Equal("one\n", File.ReadAllText(Path + ".gone"));
    }

    [Fact]
    public void File_that_another_program_writes_is_refused()
    {
        using AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 3);
        Assert.Throws<IOException>(() => new AuditFile(Path, AuditFile.MinBytes, maxOld: 3));
    }

    private static byte[] Line(int number) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
        new AuditEntry
        {
            At = DateTimeOffset.UnixEpoch.AddSeconds(number),
            Action = AuditAction.Push,
            Agents = [$"agent-{number}"],
            AgentCount = 1,
            Outcome = AuditOutcome.Done,
        },
        AuditJsonContext.Default.AuditEntry);
}
