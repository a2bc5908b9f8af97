// A bot on the official Node SDK; run by tests/contract/test_wecom_gateway.py:
// node wecom_bot.cjs MODULES URL BOT SECRET
const [modules, wsUrl, botId, secret] = process.argv.slice(2);
const { WSClient } = require(`${modules}/@wecom/aibot-node-sdk`);

const card = {
  card_type: 'button_interaction',
  main_title: { title: '接下来' },
  button_list: [{ text: '提示', key: 'hint' }],
  task_id: 'task-1',
};
const client = new WSClient({ botId, secret, wsUrl, heartbeatInterval: 300, reconnectInterval: 100 });

client.on('message.text', async (frame) => {
  const said = frame.body.text.content;
  if (said === 'card') {
    await client.replyTemplateCard(frame, card);
  } else if (said === 'push') {
    const body = { msgtype: 'markdown', markdown: { content: '早' } };
    await client.sendMessage(frame.body.from.userid, body);
  } else if (said === 'picture') {
    const upload = await client.uploadMedia(Buffer.from('\x89PNG picture', 'latin1'), {
      type: 'image',
      filename: 'radar.png',
    });
    await client.sendMediaMessage(frame.body.from.userid, 'image', upload.media_id);
  } else if (said === 'long') {
    await client
      .replyStream(frame, 's-long', 'x'.repeat(20481), true)
      .catch(() => client.replyStream(frame, 's-short', 'too long', true));
  } else {
    await client.replyStream(frame, 's-1', '想一想', false);
    await client.replyStream(frame, 's-1', '想一想，好', true);
  }
});
client.on('event.enter_chat', (frame) =>
  client.replyWelcome(frame, { msgtype: 'text', text: { content: '欢迎' } }),
);
client.on('event.template_card_event', (frame) =>
  client.updateTemplateCard(frame, { ...card, main_title: { title: '已选' } }),
);
client.connect();
