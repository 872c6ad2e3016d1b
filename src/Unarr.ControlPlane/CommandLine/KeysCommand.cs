using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Hub.Lines;
using Unarr.CommandLine;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.CommandLine;

/// <summary><c>unarr-controlplane keys</c>: makes and changes the file that <c>serve --keys</c> reads.</summary>
internal static class KeysCommand
{
    private const string Shared = """
        The file is written with mode 0600 and replaced as a whole; other members and comments in it stay. A control plane that runs
        reads it again by itself. A new key is printed once, alone on a line of standard output.


        """;

    private const string Example = """
        Example:
          unarr-controlplane keys init --keys keys.json
          unarr-controlplane keys add agent-1 > agent-1.key
          unarr-controlplane keys add --operator alice
          unarr-controlplane keys rotate agent-1
          unarr-controlplane keys list
        """;

    private const int KeyBytes = 32;

    private static readonly Option<string> Keys = KeysOption();

    private static readonly Option<string?> Operator = new("--operator")
    {
        Description = $"The key of an operator of this name, and not of an agent; the first one's name is {ApiKeys.FirstOperator}.",
        HelpName = "NAME",
    };

    private static readonly Argument<string?> Id = new("ID")
    {
        Description = $"The agent: {ApiKeys.IdRule}.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create()
    {
        DocumentedCommand command = new("keys", "Makes and changes the file with the keys of operators and agents.", Shared + Example)
        {
            Keys,
            Leaf("init", "Makes the file, with a new key for the operator and no agent.", InitAsync),
            Holder("add", "Adds an agent, or an operator, with a new key.", AddAsync),
            Holder("rotate", "Replaces the key of an agent, or of an operator; what was opened with the old key ends.", RotateAsync),
            Holder("remove", "Removes an agent, or an operator.", RemoveAsync),
            Leaf("list", "Lists operators and agents, without their keys.", ListAsync),
        };
        return command;
    }

    private static Option<string> KeysOption()
    {
        Option<string> keys = new("--keys")
        {
            Description = "The keys file.",
            HelpName = "FILE",
            DefaultValueFactory = static _ => "keys.json",
            Recursive = true,
        };
        keys.Validators.Add(static result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
            {
                result.AddError("--keys: a file's name is missing.");
            }
        });
        return keys;
    }

    private static DocumentedCommand Leaf(string name, string description, Func<ParseResult, CancellationToken, Task> run)
    {
        DocumentedCommand command = new(name, description, Shared + Example);
        command.SetAction(run);
        return command;
    }

    private static DocumentedCommand Holder(string name, string description, Func<ParseResult, CancellationToken, Task> run)
    {
        DocumentedCommand command = Leaf(name, description, run);
        command.Arguments.Add(Id);
        command.Options.Add(Operator);
        return command;
    }

    private static async Task InitAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string key = NewKey();
        await Editor(arguments).CreateAsync(KeyFileText.New(key), cancellationToken).ConfigureAwait(false);
        Print(key, $"'{FileOf(arguments)}' is made. The key of the operator is:");
    }

    private static async Task AddAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        KeyHolder holder = HolderOf(arguments);
        string key = NewKey();
        await EditAsync(
            arguments,
            text => holder.IsIn(text.Keys()) ? throw new UsageException($"{Upper(holder)} has a key already: keys rotate replaces it.")
                : text.With(holder, key),
            cancellationToken).ConfigureAwait(false);
        Print(key, $"{Upper(holder)} is added. Its key is:");
    }

    private static async Task RotateAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        KeyHolder holder = HolderOf(arguments);
        string key = NewKey();
        await EditAsync(arguments, text => Having(text, holder).With(holder, key), cancellationToken).ConfigureAwait(false);
        Print(key, $"The key of {holder} is replaced. The new one is:");
    }

    private static async Task RemoveAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        KeyHolder holder = HolderOf(arguments);
        if (holder.IsFirstOperator)
        {
            throw new UsageException("The first operator cannot be removed: keys rotate replaces its key.");
        }

        await EditAsync(arguments, text => Having(text, holder).Without(holder), cancellationToken).ConfigureAwait(false);
        Console.Error.WriteLine($"{Upper(holder)} is removed.");
    }

    private static Task ListAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        ApiKeys keys = Editor(arguments).Read().Keys();
        foreach (string name in keys.Operators)
        {
            Console.Out.WriteLine($"operator\t{name}");
        }

        foreach (string id in keys.AgentIds)
        {
            Console.Out.WriteLine($"agent\t{id}");
        }

        return Task.CompletedTask;
    }

    private static async Task EditAsync(
        ParseResult arguments, Func<KeyFileText, KeyFileText> change, CancellationToken cancellationToken)
    {
        if (await Editor(arguments).EditAsync(change, cancellationToken).ConfigureAwait(false))
        {
            Console.Error.WriteLine($"'{FileOf(arguments)}' could be read by others than its owner; its mode is 0600 now.");
        }
    }

    private static string FileOf(ParseResult arguments) => CommandOptions.Read(arguments).Get(Keys);

    private static KeyFileEditor Editor(ParseResult arguments) => new(FileOf(arguments));

    private static KeyFileText Having(KeyFileText text, KeyHolder holder) => holder.IsIn(text.Keys())
        ? text : throw new UsageException($"{Upper(holder)} has no key: keys add gives it one.");

    private static KeyHolder HolderOf(ParseResult arguments)
    {
        KeyHolder holder = (arguments.GetValue(Id), arguments.GetValue(Operator)) switch
        {
            ({ } id, null) => new KeyHolder(IsOperator: false, id),
            (null, { } name) => new KeyHolder(IsOperator: true, name),
            (null, null) => throw new UsageException("Whose key? Name an agent, or an operator with --operator NAME."),
            _ => throw new UsageException("Name either an agent or an operator, not both."),
        };
        return ApiKeys.IsId(holder.Name) ? holder : throw new UsageException(
            $"'{Printable.Text(holder.Name)}' is not {(holder.IsOperator ? "an operator's name" : "an agent id")}, which is "
            + $"{ApiKeys.IdRule}.");
    }

    private static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));

    private static string Upper(KeyHolder holder) => $"{(holder.IsOperator ? "Operator" : "Agent")} '{holder.Name}'";

    private static void Print(string key, string about)
    {
        Console.Error.WriteLine(about);
        Console.Out.WriteLine(key);
    }
}
