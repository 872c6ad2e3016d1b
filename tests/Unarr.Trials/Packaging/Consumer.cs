using System.Diagnostics;
using Unarr.Guides;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>A project of somebody who has nothing of this repository but its packages.</summary>
internal sealed class Consumer(string folder, string feed)
{
    private const string Runtime = "linux-x64";

    public string Folder { get; } = folder;

    /// <summary>Makes the project with the commands of a document.</summary>
    public async Task CreateAsync(params IEnumerable<string> commands)
    {
        Directory.CreateDirectory(Folder);
        await PackedPackages.ConfigureAsync(Folder, feed);
        await File.WriteAllTextAsync(Path.Combine(Folder, "Directory.Build.props"), """
            <Project>
              <PropertyGroup>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
                <AssemblyName>Consumer</AssemblyName>
              </PropertyGroup>
            </Project>
            """);
        foreach (string command in commands)
        {
            await Dotnet.RunAsync(Dotnet.Command("bash", Folder, "-e", "-c", command));
        }
    }

    /// <summary>Makes the project a program that runs one of these scenarios, by its name, with the arguments that follow.</summary>
    public async Task WriteAsync(params IEnumerable<(string Name, string Program)> scenarios)
    {
        foreach (string old in Directory.EnumerateFiles(Folder, "*.cs"))
        {
            File.Delete(old);
        }

        foreach ((string name, string program) in scenarios)
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, $"{name}.cs"), Scenario.InNamespace(name, program));
        }

        IEnumerable<string> arms = scenarios.Select(
            scenario => $"    \"{scenario.Name}\" => await {scenario.Name}.Scenario.RunAsync(args[1..]),");
        await File.WriteAllTextAsync(Path.Combine(Folder, "Program.cs"), $$"""
            return args[0] switch
            {
            {{string.Join('\n', arms)}}
                _ => 2,
            };
            """);
    }

    /// <summary>Builds the project for the runtime, without a warning.</summary>
    /// <returns>The program.</returns>
    public async Task<string> BuildAsync()
    {
        await Dotnet.RunAsync(Folder, "build", "-c", "Release", "-o", $"{Folder}-jit");
        return Path.Combine($"{Folder}-jit", "Consumer");
    }

    /// <summary>Publishes the project as one native program, without a warning.</summary>
    /// <returns>The program.</returns>
    public async Task<string> PublishNativeAsync()
    {
        await Dotnet.RunAsync(Folder, "publish", "-c", "Release", "-r", Runtime, "-p:PublishAot=true", "-o", $"{Folder}-native");
        return Path.Combine($"{Folder}-native", "Consumer");
    }

    /// <summary>Starts a scenario in a folder.</summary>
    public static GuideProcess Start(string program, string folder, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Dotnet.Command(program, folder, arguments);
        start.Environment["MODEL_API_KEY"] = "key-4711";
        return new GuideProcess(start);
    }
}
