using System.Text;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Keys;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class KeyFileWatchTests : IDisposable
{
    private const string One = """{"operator":"operator-key","agents":{"a1":"key-1"}}""";
    private const string Two = """{"operator":"operator-key","agents":{"a1":"key-1","a2":"key-2"}}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-keys-");
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _lines = [];
    private readonly List<ApiKeys> _used = [];
    private readonly LineLog _log;
    private readonly string _file;

    public KeyFileWatchTests()
    {
        _log = new LineLog(_lines.Add);
        _file = InFolder("keys.json");
        File.WriteAllText(_file, One);
    }

    public void Dispose()
    {
        _log.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Changed_file_is_in_use_after_two_looks_and_an_unchanged_one_is_left_alone()
    {
        using KeyFileWatch watch = Watch();
        Look(5);
        Assert.Empty(_used);

        File.WriteAllText(_file, Two);
        Look(1);
        Assert.Empty(_used);
        Look(5);
        Assert.Equal(["a1", "a2"], Assert.Single(_used).AgentIds);
        Assert.StartsWith("The keys of", Assert.Single(_lines), StringComparison.Ordinal);
    }

    [Fact]
    public void File_renamed_into_place_and_a_link_that_is_turned_are_changes_whatever_their_time()
    {
        DateTime written = File.GetLastWriteTimeUtc(_file);
        string link = InFolder("link.json");
        File.CreateSymbolicLink(link, _file);
        using KeyFileWatch watch = Watch(link);

        File.WriteAllText(InFolder("new.json"), Two);
        File.SetLastWriteTimeUtc(InFolder("new.json"), written);
        File.Move(InFolder("new.json"), _file, overwrite: true);
        Look(2);
        Assert.Equal(["a1", "a2"], Assert.Single(_used).AgentIds);

        File.WriteAllText(InFolder("other.json"), One);
        File.CreateSymbolicLink(InFolder("turned"), InFolder("other.json"));
        File.Move(InFolder("turned"), link, overwrite: true);
        Look(2);
        Assert.Equal(["a1"], _used[^1].AgentIds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"operator\":\"operator-key\",\"agents\":{\"a1\":\"secret")]
    [InlineData("{\"operator\":\"operator-key\",\"agents\":{\"..\":\"secret\"}}")]
    [InlineData(null)]
    public void File_that_cannot_be_used_is_one_line_without_a_key_and_the_keys_stay(string? content)
    {
        using KeyFileWatch watch = Watch();
        Replace(content);
        Look(10);
        Assert.Empty(_used);
        string line = Assert.Single(_lines);
        Assert.StartsWith($"The key file '{_file}' cannot be used, and the keys in use stay: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);

        Replace(Two);
        Look(2);
        Assert.Single(_used);
    }

    [Fact]
    public void Asked_to_it_reads_the_file_at_once_changed_or_not()
    {
        using KeyFileWatch watch = Watch();
        watch.ReadAgain();
        File.WriteAllText(_file, Two);
        watch.ReadAgain();
        Assert.Equal([1, 2], _used.Select(keys => keys.AgentIds.Count));
        Look(5);
        Assert.Equal(2, _used.Count);
    }

    [Fact]
    public void Look_at_a_large_file_that_has_not_changed_allocates_little()
    {
        File.WriteAllText(_file, One + new string(' ', 1_000_000));
        using KeyFileWatch watch = Watch();
        Look(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Look(5);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void File_with_a_byte_order_mark_is_read()
    {
        foreach (Encoding encoding in new[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            Assert.Equal("a1", KeyFile.Parse([.. encoding.GetPreamble(), .. encoding.GetBytes(One)]).FindAgent("key-1"));
        }
    }

    private KeyFileWatch Watch(string? path = null) => new(path ?? _file, File.ReadAllBytes(_file), _used.Add, _log, _time);

    private void Look(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _time.Advance(KeyFileWatch.Interval);
        }
    }

    private void Replace(string? content)
    {
        if (content is null)
        {
            File.Delete(_file);
        }
        else
        {
            File.WriteAllText(_file, content);
        }
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);
}
