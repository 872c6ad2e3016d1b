using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The ledger's file by itself: when it is written anew, and who may open it.</summary>
public sealed class LedgerFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-ledger");

    private string Path => System.IO.Path.Combine(_folder.FullName, "ledger");

    [Fact]
    public void File_with_three_times_the_lines_that_are_remembered_is_written_anew_with_those()
    {
        using LedgerFile file = LedgerFile.Open(Path);
        List<SettledControl> settled = [];
        List<int> lines = [];
        for (int id = 0; id < 12; id++)
        {
            SettledControl control = new($"c{id}", null);
            settled.Add(control);
            file.Append(control, 2, () => settled.TakeLast(2));
            lines.Add(File.ReadLines(Path).Count());
        }

        Assert.Equal([1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 2], lines);
    }

    [Fact]
    public void File_that_could_not_be_opened_is_locked_by_nobody()
    {
        Directory.CreateDirectory(Path + ".new");
        Assert.ThrowsAny<Exception>(() => LedgerFile.Open(Path));
        Directory.Delete(Path + ".new");
        LedgerFile.Open(Path).Dispose();
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
