using System.Text.RegularExpressions;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Page;

public sealed partial class PageFilesTests
{
    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/page.css", "text/css; charset=utf-8")]
    [InlineData("/page.js", "text/javascript; charset=utf-8")]
    [InlineData("/stream.js", "text/javascript; charset=utf-8")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task File_says_what_it_is_and_lets_nothing_else_in(string path, string contentType)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        using HttpResponseMessage response = await session.SendAsync(HttpMethod.Get, path, null, null);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);

        using HttpResponseMessage head = await session.SendAsync(HttpMethod.Head, path, null, null);
        Assert.Equal(200, (int)head.StatusCode);
        Assert.Equal(response.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(contentType, head.Content.Headers.ContentType!.ToString());

        Assert.Equal(304, await session.StatusAsync(HttpMethod.Get, path, null, ("If-None-Match", response.Headers.ETag!.ToString())));
    }

    [Fact]
    public async Task Module_that_the_page_imports_is_served_and_named_for_an_early_load()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        string page = await TextAsync(session, "/");
        string entry = Assert.Single(Names(ModuleScript(), page));
        HashSet<string> modules = [];
        Queue<string> found = new([entry]);
        while (found.TryDequeue(out string? module))
        {
            if (modules.Add(module))
            {
                string script = await TextAsync(session, $"/{module}");
                string[] imports = Names(Import(), script);
                Assert.Equal(ImportKeyword().Count(script), imports.Length);
                Assert.All(imports, found.Enqueue);
            }
        }

        Assert.Contains("stream.js", modules);
        Assert.Equal(modules.Where(module => module != entry).Order(), Names(Preload(), page).Order());
        Assert.Equal(ModulesInTheProgram(), modules.Order());
    }

    [Fact]
    public async Task Page_calls_a_control_by_no_other_word()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        foreach (string file in ModulesInTheProgram().Prepend(""))
        {
            string text = await TextAsync(session, $"/{file}");
            Assert.DoesNotContain("command", text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Page_has_no_script_of_its_own_text()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        string page = await TextAsync(session, "/");

        Assert.Equal(ModuleScript().Count(page), Regex.Count(page, "<script", RegexOptions.IgnoreCase));
        Assert.DoesNotMatch(InlineHandler(), page);
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> TextAsync(OperatorSession session, string path)
    {
        using HttpResponseMessage response = await session.SendAsync(HttpMethod.Get, path, null, null);
        Assert.True(response.IsSuccessStatusCode, $"{path} is answered with status {(int)response.StatusCode}");
        return await response.Content.ReadAsStringAsync();
    }

    private static IOrderedEnumerable<string> ModulesInTheProgram() =>
        typeof(ControlPlaneHost).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".js", StringComparison.Ordinal))
            .Select(Path.GetFileName).Order()!;

    private static string[] Names(Regex pattern, string text) => [.. pattern.Matches(text).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("""<script src="([^"]+)" type="module"></script>""")]
    private static partial Regex ModuleScript();

    [GeneratedRegex("""<link rel="modulepreload" href="([^"]+)">""")]
    private static partial Regex Preload();

    [GeneratedRegex("""^import (?:\{[^}]*\} from )?"\./([a-z-]+\.js)";$""", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex(@"\bimport\b")]
    private static partial Regex ImportKeyword();

    [GeneratedRegex(@"<[^>]*\son[a-z]+\s*=|\sstyle\s*=|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex InlineHandler();
}
