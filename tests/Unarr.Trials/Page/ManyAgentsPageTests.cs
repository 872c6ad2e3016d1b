using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Unarr.Agents.Hub.Agents;
using Unarr.EndToEnd.Tests.ControlPlane;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace Unarr.EndToEnd.Tests.Page;

public sealed class ManyAgentsPageTests(ITestOutputHelper output)
{
    private const int Agents = 10_000;
    private const double LongestFrame = 100;

    // Another program may have the processor for a moment: what the page itself does is in each of the attempts.
    private const int Attempts = 3;

    private const string Scroll = """
        async () => {
          const list = document.getElementById("agents");
          const start = performance.now();
          let last = start;
          let longest = 0;
          let frames = 0;
          let mostRows = 0;
          return await new Promise((resolve) => {
            function frame(now) {
              longest = frames > 1 ? Math.max(longest, now - last) : 0;
              last = now;
              frames++;
              mostRows = Math.max(mostRows, list.querySelectorAll("[role=row]").length);
              list.scrollTop = ((now - start) * 20) % (list.scrollHeight - list.clientHeight);
              if (now - start < 5000) {
                requestAnimationFrame(frame);
              } else {
                resolve([longest, frames, mostRows]);
              }
            }

            requestAnimationFrame(frame);
          });
        }
        """;

    [SkippableFact]
    public async Task List_of_10000_agents_scrolls_without_a_frame_over_100_ms_while_200_change_each_second()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            Agents, options => options with { TimeProvider = TimeProvider.System });
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await OpenSignedInAsync(chromium, plane);

        using CancellationTokenSource stop = new();
        Task changing = ChangeAsync(plane.Host.Services.GetRequiredService<AgentDirectory>(), stop.Token);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Away" })).ToBeVisibleAsync();
        double longest = double.MaxValue;
        for (int i = 0; i < Attempts && longest > LongestFrame; i++)
        {
            double[] measured = await page.EvaluateAsync<double[]>(Scroll);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"longest frame {measured[0]:0.0} ms of {measured[1]} frames, {measured[2]} rows"));
            Assert.InRange(measured[2], 1, 100);
            longest = Math.Min(longest, measured[0]);
        }

        await stop.CancelAsync();
        await changing;

        // Where the processors are wanted by others several times over, a frame waits for its turn whatever the page does.
        bool isOverloaded = Load() > 2 * Environment.ProcessorCount;
        Skip.If(longest > LongestFrame && isOverloaded, $"The machine is overloaded: {longest:0} ms at a load of {Load():0}.");
        Assert.InRange(longest, 0, LongestFrame);
    }

    [SkippableFact]
    public async Task List_keeps_its_place_when_an_agent_is_chosen_and_others_change()
    {
        Needs.Program(Chromium.Program);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            Agents, options => options with { TimeProvider = TimeProvider.System });
        await using Chromium chromium = await Chromium.StartAsync();
        IPage page = await OpenSignedInAsync(chromium, plane);
        await page.EvaluateAsync("document.getElementById('agents').scrollTop = 250000");
        ILocator row = page.Locator("#agents [role=row][aria-rowindex='4602']");
        await Expect(row).ToBeVisibleAsync();
        string id = await row.GetAttributeAsync("data-id") ?? "";
        double before = await TopAsync(page);

        await row.GetByRole(AriaRole.Button).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = id, Exact = true })).ToBeFocusedAsync();
        Assert.Equal(before, await TopAsync(page));
        await Expect(row).ToHaveAttributeAsync("data-chosen", "");
        AgentDirectory agents = plane.Host.Services.GetRequiredService<AgentDirectory>();
        agents.Find(id)!.Synced(new AgentDescription(id, "just here", "9", "linux", "x64", 0));
        await Expect(row).ToContainTextAsync("just here");
        Assert.Equal(before, await TopAsync(page));
    }

    private static double Load() => OperatingSystem.IsLinux()
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : 0;

    private static Task<double> TopAsync(IPage page) =>
        page.EvaluateAsync<double>("document.getElementById('agents').scrollTop");

    private static async Task<IPage> OpenSignedInAsync(Chromium chromium, RunningControlPlane plane)
    {
        IPage page = await chromium.OpenAsync(plane.Host.BaseAddress);
        await page.GotoAsync("/");
        await page.GetByLabel("Operator key").FillAsync(RunningControlPlane.OperatorKey);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.Locator("#agents-count")).ToHaveTextAsync("10,000");
        return page;
    }

    private static async Task ChangeAsync(AgentDirectory agents, CancellationToken stop)
    {
        const int AtOnce = 10;
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(50));
        int next = 0;
        while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            for (int i = 0; i < AtOnce; i++)
            {
                // Agents from all over the list, also those in view.
                string id = string.Create(CultureInfo.InvariantCulture, $"a{(next++ * 7919 % Agents) + 1}");
                agents.Find(id)!.Synced(new AgentDescription(id, $"name {next}", "1.0", "linux", "x64", next));
            }
        }
    }
}
