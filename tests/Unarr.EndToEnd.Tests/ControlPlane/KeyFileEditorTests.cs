using System.Runtime.Versioning;
using System.Text;
using Unarr.Agents.Hub.Keys;
using Unarr.CommandLine;
using Unarr.ControlPlane.Keys;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class KeyFileEditorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-keys-");

    private string Keys => Path.Combine(_folder.FullName, "keys.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("""{"operator":"k0","agents":{"a1":"k1"}}""", """{"operator":"k0","agents":{"a1":"k1", "a2": "k2"}}""")]
    [InlineData("""{"operator":"k0","agents":{}}""", """{"operator":"k0","agents":{ "a2": "k2" }}""")]
    [InlineData("""{"operator":"k0"}""", """{"operator":"k0", "agents": { "a2": "k2" }}""")]
    [InlineData("""{"operator":"k0","agents":null,}""", """{"operator":"k0","agents":{ "a2": "k2" },}""")]
    [InlineData(
        """{"other":{"agents":{"a2":1}},"operator":"k0"}""",
        """{"other":{"agents":{"a2":1}},"operator":"k0", "agents": { "a2": "k2" }}""")]
    [InlineData("{ // first\n  \"operator\": \"k0\",\n  \"agents\": {\n    \"a1\": \"k1\", // c\n  },\n}\n",
        "{ // first\n  \"operator\": \"k0\",\n  \"agents\": {\n    \"a1\": \"k1\",\n    \"a2\": \"k2\", // c\n  },\n}\n")]
    public void Agent_that_is_added_leaves_the_rest_of_the_text_as_it_was(string text, string expected)
    {
        KeyFileText edited = Parse(text).With(new KeyHolder(false, "a2"), "k2");
        Assert.Equal(expected, Encoding.UTF8.GetString(edited.Content.Span));
        Assert.Equal("a2", edited.Keys().FindAgent("k2"));
    }

    [Theory]
    [InlineData("a1", """{"operator":"k0","agents":{"a2":"k2","a3":"k3"},"x":[1,2]}""")]
    [InlineData("a2", """{"operator":"k0","agents":{"a1":"k1","a3":"k3"},"x":[1,2]}""")]
    [InlineData("a3", """{"operator":"k0","agents":{"a1":"k1","a2":"k2"},"x":[1,2]}""")]
    public void Agent_that_is_removed_leaves_the_rest(string id, string expected)
    {
        KeyFileText text = Parse("""{"operator":"k0","agents":{"a1":"k1","a2":"k2","a3":"k3"},"x":[1,2]}""");
        Assert.Equal(expected, Encoding.UTF8.GetString(text.Without(new KeyHolder(false, id)).Content.Span));
    }

    [Fact]
    public void Operators_are_set_in_their_own_place()
    {
        KeyFileText text = KeyFileText.New("k0").With(new KeyHolder(true, "alice"), "k1").With(new KeyHolder(true, "operator"), "k2")
            .With(new KeyHolder(false, "a1"), "k3");
        ApiKeys keys = KeyFile.Parse(text.Content.ToArray());
        Assert.Equal(["operator", "alice"], keys.Operators);
        Assert.Equal(("operator", "alice", "a1"), (keys.FindOperator("k2"), keys.FindOperator("k1"), keys.FindAgent("k3")));
        Assert.Empty(text.Without(new KeyHolder(false, "a1")).Keys().AgentIds);
    }

    [Fact]
    public async Task Edits_at_the_same_time_are_all_there_and_leave_no_temporary_file()
    {
        await new KeyFileEditor(Keys).CreateAsync(KeyFileText.New("k0"), CancellationToken.None);
        string[] ids = [.. Enumerable.Range(0, 16).Select(i => $"a{i}")];
        await Task.WhenAll(ids.Select(id => Task.Run(() => new KeyFileEditor(Keys).EditAsync(
            text => text.With(new KeyHolder(false, id), $"key-{id}"), CancellationToken.None))));
        Assert.Equal(ids.Order(), KeyFile.Parse(await File.ReadAllBytesAsync(Keys)).AgentIds.Order());
        Assert.Equal([".keys.json.lock", "keys.json"], _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public async Task File_is_for_its_owner_alone_and_a_link_to_it_stays_a_link()
    {
        Skip.If(OperatingSystem.IsWindows());
        await File.WriteAllTextAsync(Keys, """{"operator":"k0"}""");
        File.SetUnixFileMode(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        string link = Path.Combine(_folder.FullName, "link.json");
        File.CreateSymbolicLink(link, "keys.json");
        Assert.True(KeyFileMode.IsReadableByOthers(link));

        bool wasOpen = await new KeyFileEditor(link).EditAsync(
            text => text.With(new KeyHolder(false, "a1"), "k1"), CancellationToken.None);

        Assert.True(wasOpen);
        Assert.Equal("keys.json", new FileInfo(link).LinkTarget);
        Assert.Equal(KeyFileEditor.Mode, File.GetUnixFileMode(Keys));
        Assert.False(KeyFileMode.IsReadableByOthers(link));
        Assert.Contains("a1", await File.ReadAllTextAsync(Keys), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_that_fails_leaves_the_file_as_it_was()
    {
        await File.WriteAllTextAsync(Keys, """{"operator":"k0","agents":{"a1":"k1"}}""");
        KeyFileEditor editor = new(Keys);
        UsageException refusal = await Assert.ThrowsAsync<UsageException>(
            () => editor.EditAsync(text => text.With(new KeyHolder(false, "a2"), "k1"), CancellationToken.None));
        Assert.EndsWith("agents 'a1' and 'a2' have the same key.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("""{"operator":"k0","agents":{"a1":"k1"}}""", await File.ReadAllTextAsync(Keys));
        await Assert.ThrowsAsync<UsageException>(() => editor.CreateAsync(KeyFileText.New("k9"), CancellationToken.None));
    }

    private static KeyFileText Parse(string text) => KeyFileText.Parse(Encoding.UTF8.GetBytes(text));
}
