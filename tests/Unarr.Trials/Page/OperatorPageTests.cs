using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Middleboxes;
using static Microsoft.Playwright.Assertions;

namespace Unarr.EndToEnd.Tests.Page;

public sealed partial class OperatorPageTests
{
    // An agent's name is whatever whoever runs the agent likes.
    private const string HostileName = "<img src=x onerror=\"document.title='owned'\"> \u202eeman";

    [SkippableFact]
    public async Task Operator_signs_in_pushes_a_control_and_sees_it_acknowledged()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using RealAgent agent = new(plane.Host.BaseAddress, RunningControlPlane.KeyOf("a1"), "a1", HostileName) { Refuse = "t9" };
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);
        List<string> complaints = Complaints(page);

        await page.GotoAsync("/");
        Assert.True(await IsWithoutOverflowAsync(page));
        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToContainTextAsync("Live");
        await Expect(Row(page, "a1")).ToContainTextAsync("Stream");
        await Expect(Row(page, "a1")).ToContainTextAsync(HostileName);
        await Expect(Row(page, "a2")).ToContainTextAsync("Never seen");
        await Expect(page.GetByText("Choose an agent to see its controls and to push new ones.")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "a1", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Push a control" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Table, new() { Name = "Controls" })).ToContainTextAsync("Control");
        await page.GetByLabel("Task id").FillAsync("t1");
        await page.GetByLabel("and delete its files").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        Control control = await agent.Controls.ReadAsync(plane.Deadline);
        Assert.Equal(("cancel", "t1", true), (control.Action, control.TaskId, control.DeleteFiles));
        await Expect(Row(page, "cancel t1, delete files")).ToContainTextAsync(AcknowledgedWithLatency());
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasTextRegex = AnnouncedWithLatency() })).ToHaveCountAsync(1);
        await Expect(page.GetByLabel("and delete its files")).Not.ToBeCheckedAsync();

        foreach (string action in new[] { "Pause", "Resume" })
        {
            await page.GetByRole(AriaRole.Button, new() { Name = action }).ClickAsync();
            await Expect(Row(page, $"{action.ToLowerInvariant()} t1")).ToContainTextAsync(AcknowledgedWithLatency());
        }

        await page.GetByLabel("Task id").FillAsync("t9");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(Row(page, "pause t9")).ToContainTextAsync("Failed");
        await Expect(Row(page, "pause t9")).ToContainTextAsync("There is no task 't9'.");
        await ScreenshotsAsync(page);

        Assert.Equal("Control plane", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("table img").CountAsync());
        Assert.Empty(complaints);
    }

    [SkippableFact]
    public async Task Page_is_used_by_the_keyboard_alone()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using RealAgent agent = new(plane.Host.BaseAddress, RunningControlPlane.KeyOf("a1"), "a1", "keyboard");
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress, width: 400);

        await page.GotoAsync("/");
        await Expect(page.GetByLabel("Operator key")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(RunningControlPlane.OperatorKey);
        await page.Keyboard.PressAsync("Enter");
        await Expect(Row(page, "a1")).ToContainTextAsync("Live");

        await page.Keyboard.PressAsync("Tab"); // the filter
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "a1", Exact = true })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Ask for a sync" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#announcement")).ToHaveTextAsync("Asked a1 for a sync.");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#announcement > p")).ToHaveTextAsync(["Asked a1 for a sync.", "Asked a1 for a sync."]);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("t1");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Resume" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");

        Assert.Equal("resume", (await agent.Controls.ReadAsync(plane.Deadline)).Action);
        await Expect(Row(page, "resume t1")).ToContainTextAsync("Acknowledged");
        Assert.True(await IsWithoutOverflowAsync(page));
    }

    [SkippableFact]
    public async Task Wrong_key_is_told_and_signing_out_ends_what_is_shown()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);

        await page.GotoAsync("/");
        await page.GetByLabel("Operator key").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).First).ToHaveTextAsync("This is not the operator's key.");

        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByLabel("Operator key")).ToBeFocusedAsync();
        await Expect(page.GetByRole(AriaRole.Table)).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Operator key")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task Page_works_under_a_path_that_a_proxy_takes_off()
    {
        Needs.Program(Chromium.Program);
        Needs.Program(Nginx.Program);
        await using RunningControlPlane plane = await StartAsync();
        string controlPlane = plane.Host.BaseAddress.GetLeftPart(UriPartial.Authority);
        (Nginx nginx, Uri address) = await Nginx.StartAsync(
            plane.Host.BaseAddress, $"location /under/a/path/ {{ proxy_pass {controlPlane}/; }}");
        await using Nginx _ = nginx;
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await chromium.OpenAsync(address);
        List<string> complaints = Complaints(page);

        await page.GotoAsync("/under/a/path/");
        await SignInAsync(page);
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.ReloadAsync();
        await Expect(Row(page, "a1")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.ReloadAsync();
        await Expect(page.GetByLabel("Operator key")).ToBeVisibleAsync();
        Assert.Empty(complaints);
    }

    private static Task<RunningControlPlane> StartAsync() =>
        RunningControlPlane.StartAsync(configure: options => options with { TimeProvider = TimeProvider.System });

    private static async Task SignInAsync(IPage page)
    {
        await page.GetByLabel("Operator key").FillAsync(RunningControlPlane.OperatorKey);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    private static ILocator Row(IPage page, string first) =>
        page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByText(first, new() { Exact = true }) });

    /// <summary>What the browser says went wrong: scripts that failed, and what the content security policy refused.</summary>
    private static List<string> Complaints(IPage page)
    {
        List<string> complaints = [];
        page.PageError += (_, error) => complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add(message.Text);
            }
        };
        return complaints;
    }

    private static Task<bool> IsWithoutOverflowAsync(IPage page) =>
        page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth");

    private static async Task ScreenshotsAsync(IPage page)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "artifacts");
        foreach ((string name, ColorScheme scheme, int width) in new[]
        {
            ("light", ColorScheme.Light, 1200), ("dark", ColorScheme.Dark, 1200), ("narrow", ColorScheme.Light, 360),
        })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.SetViewportSizeAsync(width, 800);
            Assert.True(await IsWithoutOverflowAsync(page));
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"operator-page-{name}.png"), FullPage = true });
        }
    }

    [GeneratedRegex(@"Acknowledged.*\d+(\.\d)? m?s")]
    private static partial Regex AcknowledgedWithLatency();

    [GeneratedRegex(@"cancel t1, delete files: acknowledged by a1 after \d+(\.\d)? m?s\.")]
    private static partial Regex AnnouncedWithLatency();
}
